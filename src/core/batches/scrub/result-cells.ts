import { inertUnlessPhone } from '../../../lib/csv-cells';
import type { Upload } from '../../../store/batches';
import type { ContactAnswer } from '../../contacts/contact';

type Answered = Pick<ContactAnswer, 'allowed' | 'certificate_id' | 'consent_opt_in'> & {
  reason: ContactAnswer['reason'] | 'invalid';
};

/** What is said of a row that cannot be read. */
export const INVALID: Answered = {
  allowed: false,
  reason: 'invalid',
  certificate_id: null,
  consent_opt_in: null,
};

const LINE_END = '\n';

/** A row of a file as the result has it: before the answer, and after it. */
export interface RowText {
  before: string;
  /** Cells beyond the header's, which have no column. */
  after: string;
}

/** The cells of a row, as many as the header has before the answer. */
export function rowText(
  record: string[],
  { delimiter, header_columns }: Pick<Upload, 'delimiter' | 'header_columns'>,
): RowText {
  const columns = header_columns ?? record.length;
  let before = '';
  for (let column = 0; column < columns; column++) {
    before += cellText(record[column] ?? '', delimiter) + delimiter;
  }
  let after = '';
  for (const cell of record.slice(columns)) after += delimiter + cellText(cell, delimiter);
  return { before, after };
}

/** A line of the result. */
export function answeredLine({ before, after }: RowText, answer: Answered, delimiter: string) {
  const { allowed, reason, certificate_id, consent_opt_in } = answer;
  const cells = [String(allowed), reason, certificate_id ?? '', consent_opt_in ?? ''];
  return before + cells.map((cell) => cellText(cell, delimiter)).join(delimiter) + after + LINE_END;
}

/** The line with the names of columns. */
export function headerLine(names: string[], answers: readonly string[], delimiter: string): string {
  const cells = [...names, ...answers].map((cell) => cellText(cell, delimiter));
  return cells.join(delimiter) + LINE_END;
}

/** A cell as a CSV file has it: in quotes where it needs them, and never the start of a formula. */
function cellText(cell: string, delimiter: string): string {
  const text = inertUnlessPhone(cell);
  const needsQuotes =
    text.includes(delimiter) || text.includes('"') || text.includes('\n') || text.includes('\r');
  return needsQuotes ? `"${text.replaceAll('"', '""')}"` : text;
}
