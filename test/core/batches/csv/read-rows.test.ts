import fc from 'fast-check';
import {
  chunksOf,
  encode,
  type Encoding,
  inspect,
  readFile,
  rowsFrom,
  summarize,
  toAsync,
} from './read-file';
import { readRows } from '../../../../src/core/batches/csv/read-rows';

const ENCODINGS: Encoding[] = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'];
const DELIMITERS = [',', ';', '\t'];
const LINE_BREAKS = ['\n', '\r\n', '\r'];
const COMBINATIONS = ENCODINGS.flatMap((encoding) =>
  DELIMITERS.flatMap((delimiter) =>
    LINE_BREAKS.map((lineBreak) => [encoding, delimiter, lineBreak] as const),
  ),
);

test.each(COMBINATIONS)(
  '%s, %j between cells, %j between lines',
  async (encoding, d, lineBreak) => {
    const lines = [
      ['Prénom', 'email', 'Phone', 'certificate_id'],
      ['Zoé', 'a@example.com', '+14155550100', 'EC-1'],
      [`"Zoé${d} ""the"" € ${lineBreak}second"`, '"b@example.com"', '', `" EC${d}2 "`],
      ['', ' "x" ', '', 'a"b'],
    ];
    const text = lines.map((cells) => cells.join(d)).join(lineBreak);
    const file = encode(text, encoding);
    const rows = await readFile(file);
    expect(inspect(file)).toMatchObject({ encoding, delimiter: d });
    expect(summarize(rows)).toEqual([
      'email:a@example.com mobile:+14155550100 certificate_id:EC-1',
      `email:b@example.com certificate_id:EC${d}2`,
      'email:x certificate_id:a"b',
    ]);
    expect(rows.map(({ line }) => line)).toEqual([2, 3, 5]);
    expect(rows.at(-1)!.end.offset).toBe(file.length);
    // Cut at every byte, which splits every character and every line break somewhere.
    for (let chunkBytes = 1; chunkBytes <= 9; chunkBytes++) {
      expect(await readFile(file, { chunkBytes, chunkRows: 2 })).toEqual(rows);
    }
  },
);

test('cells come with kind and header; empty ones and other columns are left out', async () => {
  const [row] = await readFile('Name,E-Mail,Cell\nx, a@example.com\u00a0 ,""\n');
  expect(row).toEqual({
    line: 2,
    end: { offset: 40, line: 3 },
    record: ['x', 'a@example.com', ''],
    cells: [{ kind: 'email', column: 'E-Mail', value: 'a@example.com' }],
    channels: null,
    isActive: false,
    problem: null,
  });
});

test('the cell of the channels column comes apart, and an empty one is none', async () => {
  const file = 'email,channels\na@example.com," call, text "\nb@example.com,\nc@example.com\n,fax';
  const rows = await readFile(file);
  expect(rows.map(({ channels }) => channels)).toEqual(['call, text', null, null, 'fax']);
  expect(rows[3]?.cells).toEqual([]);
});

test('windows-1252 has characters where Latin-1 has none', async () => {
  const file = Buffer.concat([
    Buffer.from('certificate_id\n'),
    Buffer.from(Array.from({ length: 128 }, (_, index) => index + 128)),
  ]);
  const [row] = await readFile(file);
  const value = row!.cells[0]!.value;
  expect(value).toHaveLength(128);
  expect(value.slice(0, 32)).toBe('€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ');
  expect(value.slice(32)).toBe(Buffer.from(value.slice(32), 'latin1').toString('latin1'));
  expect(row!.end.offset).toBe(file.length);
});

test('ragged rows are read; blank lines and rows of empty cells are no rows', async () => {
  const rows = await readFile('name,email\n\na\n , \nb,b@x.io,c,d\n   \n,,,,\n""\n\r\n"",c@x.io');
  expect(rows.map(({ line }) => line)).toEqual([3, 5, 10]);
  expect(summarize(rows)).toEqual(['', 'email:b@x.io', 'email:c@x.io']);
  expect(await readFile(`email,name\n${',\n'.repeat(5_000)}"",""\n , \n`)).toEqual([]);
});

test('what errors.csv puts before a formula is removed again, and nothing else', async () => {
  const cells = ["'=1+1", "'+14155550100", "'-1", "'@x", "'＝1", "'abc", "''=1", '=1', "'"];
  const rows = await readFile(`certificate_id\n${cells.join('\n')}\n`);
  expect(rows.map((row) => row.cells[0]!.value)).toEqual([
    ...['=1+1', '+14155550100', '-1', '@x', '＝1', "'abc", "''=1", '=1', "'"],
  ]);
});

test('a header only, with and without a line break, has no rows', async () => {
  for (const file of ['email', 'email\n', '\ufeffemail\r\n\r\n']) {
    expect(await readFile(file)).toEqual([]);
  }
});

test('a byte order mark within the file is a character like any other', async () => {
  const file = Buffer.from('certificate_id\nx\n\ufeffy\n\ufeffz\n');
  const format = inspect(file);
  const rows = await rowsFrom(file, format, format.data);
  expect(await rowsFrom(file, format, rows[0]!.end)).toEqual(rows.slice(1));
  expect(rows.at(-1)!.end.offset).toBe(file.length);
});

test('a source that fails makes the reading fail, and one not read to its end is closed', async () => {
  const format = inspect('email\n');
  let closed = false;
  async function* failing() {
    yield Buffer.from('a@x.io\n'.repeat(20_000));
    yield* toAsync([]);
    throw new Error('lost');
  }
  async function* endless() {
    try {
      for (;;) yield* toAsync([Buffer.from('a@x.io\n'.repeat(20_000))]);
    } finally {
      closed = true;
    }
  }
  const from = { offset: 0, line: 1 };
  await expect(async () => {
    for await (const rows of readRows(failing(), format, from, 10)) expect(rows).toHaveLength(10);
  }).rejects.toThrow('lost');
  for await (const rows of readRows(endless(), format, from, 10)) {
    expect(rows).toHaveLength(10);
    break;
  }
  expect(closed).toBe(true);
});

test('the event loop gets its turns while rows are read that are all there at once', async () => {
  const file = Buffer.from(`email\n${'a@example.com\n'.repeat(50_000)}`);
  const format = inspect(file);
  let turns = 0;
  let reading = true;
  const count = () => {
    turns++;
    if (reading) setImmediate(count);
  };
  setImmediate(count);
  let rows = 0;
  for await (const chunk of readRows(toAsync([file]), format, { offset: 0, line: 1 }, 100_000)) {
    rows += chunk.length;
  }
  reading = false;
  expect(rows).toBe(50_001);
  expect(turns).toBeGreaterThan(49);
});

/** Cells of characters that are hard on a reader, in every encoding. */
const hardCell = fc
  .array(fc.constantFrom('a', 'é', '€', '"', ',', ';', '\t', '\n', '\r', '\r\n', ' ', "'", '='), {
    maxLength: 8,
  })
  .map((parts) => parts.join(''));

test('what a CSV writer wrote is read back unchanged', async () => {
  const written = fc.record({
    rows: fc.array(fc.tuple(hardCell, hardCell, hardCell), { maxLength: 8 }),
    encoding: fc.constantFrom(...ENCODINGS),
    delimiter: fc.constantFrom(...DELIMITERS),
    lineBreak: fc.constantFrom(...LINE_BREAKS),
    chunkBytes: fc.integer({ min: 1, max: 50 }),
    chunkRows: fc.integer({ min: 1, max: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(written, async ({ rows, encoding, delimiter, lineBreak, ...how }) => {
      const lines = [
        ['email', 'é', 'certificate_id'],
        ...rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`)),
      ];
      const text = lines.map((cells) => cells.join(delimiter)).join(lineBreak);
      const read = await readFile(encode(text, encoding), how);
      const filled = rows.filter((cells) => cells.some((cell) => cell.trim() !== ''));
      const expected = filled.map(([email, , id]) => {
        const cells = [`email:${clean(email)}`, `certificate_id:${clean(id)}`];
        return cells.filter((cell) => !cell.endsWith(':')).join(' ');
      });
      expect(summarize(read)).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

function clean(cell: string): string {
  const trimmed = cell.trim();
  return trimmed.startsWith("'=") ? trimmed.slice(1) : trimmed;
}

test('a row without quotes is read like the same row with quotes', async () => {
  const cell = fc
    .array(fc.constantFrom('a', 'é', '€', '@', ' ', "'", '=', '\t', '\ud800'), { maxLength: 5 })
    .map((parts) => parts.join(''));
  // Not blank, as blank lines are no rows.
  const row = fc.array(cell, { maxLength: 5 }).map((cells) => ['x', ...cells]);
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 6 }), async (rows) => {
      const read = async (quote: '' | '"') => {
        const lines = [['email', 'mobile', 'note', 'certificate_id'], ...rows];
        const file = lines.map((cells) => cells.map((c) => quote + c + quote).join(';')).join('\n');
        return (await readFile(file)).map(({ line, cells }) => ({ line, cells }));
      };
      expect(await read('')).toEqual(await read('"'));
    }),
    { numRuns: 300 },
  );
});

test('reading on after any row gives the same rows, whatever the file is like', async () => {
  const garbage = fc
    .array(
      fc.constantFrom('a', 'é', '€', '"', '"', ',', ';', '\n', '\r', '\r\n', ' ', '",', ',"'),
      {
        maxLength: 60,
      },
    )
    .map((parts) => parts.join(''));
  const files = fc.record({
    text: garbage,
    encoding: fc.constantFrom(...ENCODINGS),
    delimiter: fc.constantFrom(...DELIMITERS),
    chunkBytes: fc.integer({ min: 1, max: 50 }),
  });
  await fc.assert(
    fc.asyncProperty(files, async ({ text, encoding, delimiter, ...how }) => {
      const file = encode(`é${delimiter}email${delimiter}mobile\n${text}`, encoding);
      const format = inspect(file);
      const rows = await rowsFrom(file, format, format.data);
      expect(await rowsFrom(file, format, format.data, { ...how, chunkRows: 1 })).toEqual(rows);
      for (const [index, row] of rows.entries()) {
        expect(await rowsFrom(file, format, row.end, how)).toEqual(rows.slice(index + 1));
      }
      // Every line is part of a row or blank: nothing is lost between rows.
      const ends = [format.data, ...rows.map(({ end }) => end)];
      for (const [index, row] of rows.entries()) {
        expect(row.line).toBeGreaterThanOrEqual(ends[index]!.line);
        expect(row.end.line).toBeGreaterThan(row.line);
        expect(row.end.offset).toBeGreaterThan(ends[index]!.offset);
      }
    }),
    { numRuns: 500 },
  );
});

test('chunks of one byte, larger files, and the same rows', async () => {
  const lines = Array.from({ length: 3_000 }, (_, index) => `"é ${index}",a${index}@x.io`);
  const file = Buffer.from(`name,email\n${lines.join('\r\n')}\r\n`);
  const rows = await readFile(file);
  expect(summarize(rows)).toEqual(lines.map((_, index) => `email:a${index}@x.io`));
  expect([...chunksOf(file, 1)]).toHaveLength(file.length);
  expect(await readFile(file, { chunkBytes: 7 })).toEqual(rows);
});
