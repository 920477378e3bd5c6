import type { Context } from '../../../context';
import { identifierLookups } from '../../identifiers';
import { normalizeEmail } from '../../identifiers/email';
import { isId, normalizeId } from '../../identifiers/id';
import { readMobile } from '../../identifiers/mobile';
import { unwrapped } from '../../identifiers/visible-text';
import { fewerThanAll } from '../../revocations/channels';
import { readChannels } from '../../revocations/read-channels';
import type { RowError } from '../../../store/batch-rows';
import type { Batch, FilePosition, IdentifierColumn } from '../../../store/batches';
import type { Channel } from '../../../store/certificates';
import { readHashCell } from '../csv/hash-cell';
import type { CsvRow } from '../csv/read-rows';

/** What is shown of a cell; the longest identifier fits. */
const SHOWN_CHARACTERS = 320;

/** What a row and each of its texts take in memory besides their characters, about. */
const OVERHEAD_BYTES = 200;

/** A row, with what it names as it is looked up. */
export interface JudgedRow {
  end: FilePosition;
  /** Keys under which certificates are found; none: the row is invalid. */
  ids: string[];
  email_hashes: string[];
  mobile_hashes: string[];
  /** Hashes under which its opt-out is remembered: of each person that it names, unless `active`. */
  remembered: string[];
  /** What it opts out of, fewer than all; undefined: of everything. */
  channels: Channel[] | undefined;
  /** Its own channels cannot be read, which stands for all of them. */
  unread_channels: boolean;
  /** Cells that cannot be used, or what is wrong with the row as a whole. */
  errors: RowError[];
  /** Its status column says that it has not opted out. */
  active: boolean;
  /** How errors.csv names the row if it is not revoked. */
  named: Pick<RowError, 'line' | 'column' | 'value'>;
}

/**
 * Judges a row on its own: each cell is a valid identifier or an error that names it.
 * @param batch of whose file it is
 */
export function judgeRow({
  ctx,
  row,
  batch,
}: {
  ctx: Context;
  row: CsvRow;
  batch: Pick<Batch, 'channels' | 'upload'>;
}): JudgedRow {
  const { line, end, cells } = row;
  const named = { line, column: '', value: '' };
  const judged: JudgedRow = {
    end,
    ids: [],
    email_hashes: [],
    mobile_hashes: [],
    remembered: [],
    channels: batch.channels,
    unread_channels: false,
    errors: [],
    active: row.isActive,
    named,
  };
  const wrong = row.problem ?? (cells.length === 0 ? 'no_identifier' : null);
  if (wrong !== null) {
    judged.errors.push({ ...named, reason: wrong });
    return judged;
  }
  for (const { kind, column, value } of cells) {
    const shown = { line, column, value: shownOf(value) };
    const problem = KINDS[kind](ctx, value, judged);
    if (problem !== null) judged.errors.push({ ...shown, reason: problem });
    else if (judged.named.column === '') judged.named = shown;
  }
  if (row.channels !== null) {
    const column = batch.upload?.channels_column?.name ?? '';
    addChannels({ line, column, value: row.channels }, judged);
  }
  if (judged.active) judged.remembered = [];
  return judged;
}

/** What cannot be read stands for all channels: the person may have meant any of them. */
function addChannels({ line, column, value }: Omit<RowError, 'reason'>, to: JudgedRow): void {
  const channels = readChannels(value);
  to.channels = fewerThanAll(channels ?? undefined);
  if (channels) return;
  to.unread_channels = true;
  to.errors.push({ line, column, value: shownOf(value), reason: 'invalid_channels' });
}

/** About how much memory a row takes until it has been processed. */
export function weighRow({ ids, email_hashes, mobile_hashes, errors, named }: JudgedRow): number {
  let bytes = OVERHEAD_BYTES;
  for (const keys of [ids, email_hashes, mobile_hashes]) {
    for (const key of keys) bytes += OVERHEAD_BYTES + 2 * key.length;
  }
  for (const { value } of [named, ...errors]) bytes += OVERHEAD_BYTES + 2 * value.length;
  return bytes;
}

/** A copy: a slice would keep the whole cell in memory, which may be a thousand times as long. */
function shownOf(value: string): string {
  if (value.length <= SHOWN_CHARACTERS) return value;
  return Buffer.from(value.slice(0, SHOWN_CHARACTERS)).toString();
}

/** Whether anything in the row can be looked up. */
export function namesAnything({ ids, email_hashes, mobile_hashes }: JudgedRow): boolean {
  return ids.length + email_hashes.length + mobile_hashes.length > 0;
}

/** For each kind of cell: adds its keys, or returns why it is no valid identifier. */
const KINDS: Record<
  IdentifierColumn,
  (ctx: Context, value: string, to: JudgedRow) => string | null
> = {
  certificate_id: (_, value, to) => {
    const id = unwrapped(normalizeId(value));
    if (!isId(id)) return 'invalid_certificate_id';
    to.ids.push(id);
    return null;
  },
  email: (ctx, value, to) => {
    const email = normalizeEmail(value);
    if (email === null) return 'invalid_email';
    const identifiers = { email, mobile: null, typedEmail: value };
    addPerson(to, 'email_hashes', identifierLookups({ ctx, identifiers }).email_hashes);
    return null;
  },
  mobile: (ctx, value, to) => {
    const read = readMobile(value);
    if ('problem' in read) {
      return read.problem === 'invalid' ? 'invalid_mobile' : 'mobile_needs_country';
    }
    const identifiers = { email: null, mobile: read.number };
    addPerson(to, 'mobile_hashes', identifierLookups({ ctx, identifiers }).mobile_hashes);
    return null;
  },
  email_sha256: (ctx, value, to) => {
    const sum = readHashCell(value);
    if (sum === null) return 'invalid_email_sha256';
    addPerson(to, 'email_hashes', ctx.identifiers.allOfSha256('email', sum));
    return null;
  },
  mobile_sha256: (ctx, value, to) => {
    const sum = readHashCell(value);
    if (sum === null) return 'invalid_mobile_sha256';
    addPerson(to, 'mobile_hashes', ctx.identifiers.allOfSha256('mobile', sum));
    return null;
  },
};

/** Adds the hashes of a person, of which the first is what is written today. */
function addPerson(to: JudgedRow, kind: 'email_hashes' | 'mobile_hashes', hashes: string[]): void {
  to[kind].push(...hashes);
  to.remembered.push(...hashes.slice(0, 1));
}
