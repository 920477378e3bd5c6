import type { Context } from '../../../context';
import { normalizeEmail, normalizeMobile } from '../../../lib/identifier-hasher';
import type { RowError } from '../../../store/batch-rows';
import type { FilePosition, IdentifierColumn } from '../../../store/batches';
import type { CsvRow } from '../csv/read-rows';

const ID_MAX_CHARACTERS = 200;
/** What is shown of a cell; the longest identifier fits. */
const SHOWN_CHARACTERS = 320;

/** A row, with what it names as it is looked up. */
export interface JudgedRow {
  end: FilePosition;
  /** Keys under which certificates are found; none: the row is invalid. */
  ids: string[];
  email_hashes: string[];
  mobile_hashes: string[];
  /** Cells that cannot be used, or what is wrong with the row as a whole. */
  errors: RowError[];
  /** How errors.csv names the row if it is not revoked. */
  named: Pick<RowError, 'line' | 'column' | 'value'>;
}

/** Judges a row on its own: each cell is a valid identifier or an error that names it. */
export function judgeRow({ ctx, row }: { ctx: Context; row: CsvRow }): JudgedRow {
  const { line, end, cells } = row;
  const named = { line, column: '', value: '' };
  const judged: JudgedRow = {
    end,
    ids: [],
    email_hashes: [],
    mobile_hashes: [],
    errors: [],
    named,
  };
  const wrong = row.problem ?? (cells.length === 0 ? 'no_identifier' : null);
  if (wrong !== null) {
    judged.errors.push({ ...named, reason: wrong });
    return judged;
  }
  for (const { kind, column, value } of cells) {
    const shown = { line, column, value: value.slice(0, SHOWN_CHARACTERS) };
    if (!KINDS[kind](ctx, value, judged))
      judged.errors.push({ ...shown, reason: `invalid_${kind}` });
    else if (judged.named.column === '') judged.named = shown;
  }
  return judged;
}

/** Whether anything in the row can be looked up. */
export function namesAnything({ ids, email_hashes, mobile_hashes }: JudgedRow): boolean {
  return ids.length + email_hashes.length + mobile_hashes.length > 0;
}

/** For each kind of cell: adds its keys, or returns false if it is no valid identifier. */
const KINDS: Record<IdentifierColumn, (ctx: Context, value: string, to: JudgedRow) => boolean> = {
  certificate_id: (_ctx, value, to) => {
    if (value.length > ID_MAX_CHARACTERS || /[\u0000-\u001f\u007f]/.test(value)) return false;
    to.ids.push(value);
    return true;
  },
  email: (ctx, value, to) => {
    const email = normalizeEmail(value);
    if (email === null) return false;
    to.email_hashes.push(...ctx.identifiers.all('email', email));
    return true;
  },
  mobile: (ctx, value, to) => {
    const mobile = normalizeMobile(value);
    if (mobile === null) return false;
    to.mobile_hashes.push(...ctx.identifiers.all('mobile', mobile));
    return true;
  },
};
