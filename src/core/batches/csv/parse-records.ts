import { parse } from 'csv-parse/sync';

/**
 * Splits records into cells. One that cannot be read does not affect the others.
 * @param records without their line breaks, and none of them blank
 * @returns for each record its cells, or null when it cannot be read
 */
export function parseRecords(records: string[], delimiter: string): (string[] | null)[] {
  // Without quotes, splitting at delimiters is enough and many times faster, above all where rows
  // differ in length: csv-parse makes an error with a copy of each of them.
  const quoted = parseQuoted(records.filter(hasQuote), delimiter).values();
  return records.map((record) =>
    hasQuote(record) ? (quoted.next().value ?? null) : record.split(delimiter),
  );
}

function hasQuote(record: string): boolean {
  return record.includes('"');
}

function parseQuoted(records: string[], delimiter: string): (string[] | null)[] {
  const parsed = parseText(records.join('\n'), delimiter);
  if (parsed?.length === records.length) return parsed;
  return records.map((record) => {
    const alone = parseText(record, delimiter);
    return alone?.length === 1 ? (alone[0] ?? null) : splitQuoted(record, delimiter);
  });
}

function parseText(text: string, delimiter: string): string[][] | null {
  try {
    return parse(text, {
      delimiter,
      record_delimiter: '\n',
      relax_column_count: true,
      relax_quotes: true,
      // Spaces around quotes, as in `1, "ann@example.com"`.
      trim: true,
    });
  } catch {
    // All its errors are about the text; which record it was is found by parsing each alone.
    return null;
  }
}

/**
 * For records in which a closing quote is followed by more text, which csv-parse gives up on: that text
 * is taken literally, as the framer takes it.
 */
function splitQuoted(record: string, delimiter: string): string[] | null {
  const cells: string[] = [];
  for (let start = 0; ;) {
    const opening = afterSpaces(record, start, delimiter);
    const isQuoted = record[opening] === '"';
    const closing = isQuoted ? closingQuote(record, opening + 1) : start;
    if (closing === null) return null;
    const found = record.indexOf(delimiter, closing);
    const end = found < 0 ? record.length : found;
    const quoted = isQuoted ? record.slice(opening + 1, closing).replaceAll('""', '"') : '';
    // What follows a closing quote is taken literally.
    cells.push(quoted + record.slice(isQuoted ? closing + 1 : start, end));
    if (found < 0) return cells;
    start = end + 1;
  }
}

function afterSpaces(record: string, start: number, delimiter: string): number {
  let index = start;
  while (record[index] === ' ' || (record[index] === '\t' && delimiter !== '\t')) index++;
  return index;
}

function closingQuote(record: string, from: number): number | null {
  for (let index = record.indexOf('"', from); index >= 0; index = record.indexOf('"', index + 2)) {
    if (record[index + 1] !== '"') return index;
  }
  return null;
}
