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
    return alone?.length === 1 ? (alone[0] ?? null) : null;
  });
}

function parseText(text: string, delimiter: string): string[][] | null {
  try {
    return parse(text, {
      delimiter,
      record_delimiter: '\n',
      relax_column_count: true,
      relax_quotes: true,
    });
  } catch {
    // All its errors are about the text; which record it was is found by parsing each alone.
    return null;
  }
}
