import { createInspector, type Inspected } from '../../../../src/core/batches/csv/inspect';
import { type CsvRow, readRows } from '../../../../src/core/batches/csv/read-rows';
import type { FilePosition } from '../../../../src/store/batches';

export type Encoding = Inspected['encoding'];

const MARKS: Partial<Record<Encoding, string>> = { 'utf-16le': '\ufeff', 'utf-16be': '\ufeff' };

/** A file as a spreadsheet writes it; UTF-16 with its byte order mark, windows-1252 only `é€`. */
export function encode(text: string, encoding: Encoding): Buffer {
  const marked = (MARKS[encoding] ?? '') + text;
  switch (encoding) {
    case 'utf-8':
      return Buffer.from(marked);
    case 'utf-16le':
      return Buffer.from(marked, 'utf16le');
    case 'utf-16be':
      return Buffer.from(marked, 'utf16le').swap16();
    case 'windows-1252':
      return Buffer.from(marked.replaceAll('€', '\u0080'), 'latin1');
  }
}

export function* chunksOf(file: Buffer, chunkBytes: number): Generator<Buffer> {
  for (let at = 0; at < file.length; at += chunkBytes) yield file.subarray(at, at + chunkBytes);
}

export function inspect(file: Buffer | string, chunkBytes = 64 * 1024): Inspected {
  const inspector = createInspector();
  for (const chunk of chunksOf(Buffer.from(file), chunkBytes)) inspector.push(chunk);
  return inspector.finish();
}

/** The message that the uploader of a file gets; fails if the file is accepted. */
export function complaint(file: Buffer | string): string {
  try {
    inspect(file);
  } catch (error) {
    const { extra } = error as { extra: { details: { path: string; message: string }[] } };
    expect(extra.details).toHaveLength(1);
    expect(extra.details[0]!.path).toBe('file');
    return extra.details[0]!.message;
  }
  throw new Error('the file was accepted');
}

export async function rowsFrom(
  file: Buffer,
  format: Inspected,
  from: FilePosition,
  { chunkBytes = 64 * 1024, chunkRows = 100 } = {},
): Promise<CsvRow[]> {
  const rows: CsvRow[] = [];
  const source = chunksOf(file.subarray(from.offset), chunkBytes);
  for await (const chunk of readRows(toAsync(source), format, from, chunkRows)) {
    expect(chunk.length).toBeGreaterThan(0);
    expect(chunk.length).toBeLessThanOrEqual(chunkRows);
    rows.push(...chunk);
  }
  return rows;
}

/** Inspects a file and reads all of its rows. */
export function readFile(file: Buffer | string, how?: { chunkBytes?: number; chunkRows?: number }) {
  const bytes = Buffer.from(file);
  const format = inspect(bytes, how?.chunkBytes);
  return rowsFrom(bytes, format, format.data, how);
}

/** The cells of rows as `kind:value`, cut off, and of rows that cannot be read the problem. */
export function summarize(rows: CsvRow[]): string[] {
  return rows.map(
    (row) =>
      row.problem ?? row.cells.map(({ kind, value }) => `${kind}:${value.slice(0, 80)}`).join(' '),
  );
}

export async function* toAsync<T>(items: Iterable<T>): AsyncGenerator<T> {
  await Promise.resolve();
  yield* items;
}
