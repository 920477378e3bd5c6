/**
 * Splits records into cells. One that cannot be read does not affect the others.
 * @param records without their line breaks, and none of them blank
 * @returns for each record its cells, or null when a quote in it is not closed
 */
export function parseRecords(records: string[], delimiter: string): (string[] | null)[] {
  return records.map((record) =>
    record.includes('"') ? splitQuoted(record, delimiter) : record.split(delimiter),
  );
}

/** Reads quotes exactly as the framer does, which no library can be told to. */
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
