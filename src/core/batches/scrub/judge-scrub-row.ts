import type { Context } from '../../../context';
import type { FilePosition, Upload } from '../../../store/batches';
import { type ContactIdentifier, hashedContact, plainContact } from '../../contacts/contact';
import type { NormalIdentifiers } from '../../identifiers';
import type { PersonDigest } from '../../identifiers/digests';
import { normalizeEmail } from '../../identifiers/email';
import { normalizeMobile } from '../../identifiers/mobile';
import { readHashCell } from '../csv/hash-cell';
import type { CsvRow } from '../csv/read-rows';
import { type RowText, rowText } from './result-cells';
import type { SCRUB_COLUMNS } from './scrub-columns';

/** A row of a scrub's file, with whom it asks about. */
export interface ScrubRow {
  end: FilePosition;
  /** None: it cannot be read. */
  identifiers: ContactIdentifier[];
  text: RowText;
}

/** Reads whom a row asks about. Like any file's, a row with one good identifier can be read. */
export function judgeScrubRow({
  ctx,
  row,
  upload,
}: {
  ctx: Context;
  row: CsvRow;
  upload: Upload;
}): ScrubRow {
  const identifiers = named(row).flatMap((one) =>
    'digest' in one ? hashedContact({ ctx, ...one }) : plainContact({ ctx, ...one }),
  );
  const { before, after } = rowText(row.record, upload);
  return { end: row.end, identifiers, text: { before: copied(before), after: copied(after) } };
}

/** Whether a row can be read, for whoever needs to know no more. */
export function canBeRead(row: CsvRow): boolean {
  return named(row).length > 0;
}

/** Somebody whom a cell names. */
type Named = { identifiers: NormalIdentifiers } | { digest: PersonDigest };
type Column = (typeof SCRUB_COLUMNS)[number];

/** For each kind of cell: whom it names; null where it cannot be read. */
const READ: Record<Column, (value: string) => Named | null> = {
  email: (value) => {
    const email = normalizeEmail(value);
    return email === null ? null : { identifiers: { email, mobile: null, typedEmail: value } };
  },
  mobile: (value) => {
    const mobile = normalizeMobile(value);
    return mobile === null ? null : { identifiers: { email: null, mobile } };
  },
  email_sha256: (value) => hashed('email', value),
  mobile_sha256: (value) => hashed('mobile', value),
};

function named({ cells }: CsvRow): Named[] {
  return cells.flatMap(({ kind, value }) => (isAsked(kind) ? (READ[kind](value) ?? []) : []));
}

function hashed(kind: PersonDigest['kind'], value: string): Named | null {
  const sha256 = readHashCell(value);
  return sha256 === null ? null : { digest: { kind, sha256 } };
}

function isAsked(kind: string): kind is Column {
  return kind in READ;
}

/** A slice would keep all the text around it in memory. */
function copied(text: string): string {
  return text === '' ? text : Buffer.from(text).toString();
}
