import { Framer } from '../../../../src/core/batches/csv/framer';
import { parseRecords } from '../../../../src/core/batches/csv/parse-records';
import { type CsvRow, readRows } from '../../../../src/core/batches/csv/read-rows';
import { inspect, readFile, rowsFrom, summarize } from './read-file';

const KIB = 1024;
const MIB = 1024 * KIB;
const LIMIT = 64 * KIB;
const START = { offset: 0, line: 1 };
const EMAIL = inspect('email\n');

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

test('a quote that is never closed costs its own line only', async () => {
  const good = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => `a${from + index}@x.io`);
  const lines = [...good(0, 20_000), '"never closed', ...good(20_000, 20_000), '"nor this'];
  const rows = await readFile(`email\n${lines.join('\n')}`);
  expect(summarize(rows)).toEqual(
    lines.map((line) => (line.startsWith('"') ? 'unclosed_quote' : `email:${line}`)),
  );
  expect(rows[20_000]!.line).toBe(20_002);
});

test('so does one in a file in which all cells are quoted', async () => {
  const rows = await readFile('email,name\n"a@x.io","x\n"b@x.io","y"\n"c@x.io","z"\n');
  expect(summarize(rows).at(-1)).toBe('email:c@x.io');
});

test('quoted cells up to the limit are read, one character more is not', async () => {
  const exact = `"${'x\n'.repeat((LIMIT - 10) / 2)}",aa@x.io`;
  expect(exact).toHaveLength(LIMIT);
  for (const end of ['\n', '\r\n', '\r', '']) {
    const file = `name,email\n${exact}${end}`;
    expect(summarize(await readFile(file))).toEqual(['email:aa@x.io']);
    expect((await readFile(file))[0]!.end.offset).toBe(file.length);
  }
  const [first, second] = await readFile(`name,email\n${exact}o\nb,b@x.io\n`);
  expect(first).toMatchObject({ line: 2, end: { line: 3 }, problem: 'unclosed_quote' });
  expect(second).toMatchObject({ line: 3, cells: [], problem: null });
});

test('a line up to the limit is read, one character more is not, and the next one is', async () => {
  for (const end of ['\n', '\r\n', '\r']) {
    const line = (characters: number) => `a@x.io,${'x'.repeat(characters - 7)}${end}`;
    const rows = await readFile(`email\n${line(LIMIT)}${line(LIMIT + 1)}${line(3 * LIMIT)}b@x.io`);
    const long = 'line_too_long';
    expect(summarize(rows)).toEqual(['email:a@x.io', long, long, 'email:b@x.io']);
    expect(rows.map((row) => row.line)).toEqual([2, 3, 4, 5]);
  }
});

test('a too long line is skipped to the right byte, wherever it is cut', async () => {
  const file = Buffer.from(`email\n${'€😀'.repeat(25_000)}\r\nb@x.io\n${'😀'.repeat(33_000)}`);
  const rows = await readFile(file);
  expect(summarize(rows)).toEqual(['line_too_long', 'email:b@x.io', 'line_too_long']);
  expect(rows.map(({ end }) => end.offset)).toEqual([175_008, 175_015, file.length]);
  for (const chunkBytes of [1_001, 65_537, 175_000, 175_001, 175_002]) {
    expect(await readFile(file, { chunkBytes })).toEqual(rows);
  }
});

test('a line of 256 MiB takes no more memory than a short one', async () => {
  const chunk = Buffer.alloc(256 * KIB, 'x');
  let heldMost = 0;
  async function* line() {
    for (let at = 0; at < 256 * MIB; at += chunk.length) {
      yield chunk;
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      heldMost = Math.max(heldMost, heapUsed + arrayBuffers);
    }
    yield Buffer.from('\nb@x.io\n');
    await Promise.resolve();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const rows: CsvRow[] = [];
  for await (const chunk of readRows(line(), EMAIL, START, 10)) rows.push(...chunk);
  expect(summarize(rows)).toEqual(['line_too_long', 'email:b@x.io']);
  expect(rows[0]!.end).toEqual({ offset: 256 * MIB + 1, line: 2 });
  expect(heldMost - heapUsed - arrayBuffers).toBeLessThan(128 * MIB);
});

test.each([
  ['without a quote', 'x'],
  ['of quotes', '"'],
  ['of blank lines', '\n'],
  ['of quoted line breaks', '"\n'],
  ['of delimiters', ','],
])('the framer never holds more than the limit and one piece: text %s', (_what, part) => {
  const framer = new Framer(',', START, bytesOf);
  const piece = part.repeat((256 * KIB) / part.length);
  for (let pieces = 0; pieces < 10; pieces++) {
    framer.push(piece);
    expect(framer.heldCharacters).toBeLessThanOrEqual(piece.length + LIMIT + 2);
    while (framer.next());
  }
});

test('lines that each open a quote which is never closed are not each read up to the limit', async () => {
  // Whether it starts within quotes or not, such a line ends within quotes.
  const line = '"a,x"y,"c\n';
  const file = Buffer.from(`email,b,c\n${line.repeat(400_000)}`);
  const format = inspect(file);
  const rows = await rowsFrom(file, format, format.data, { chunkRows: 1000 });
  expect(rows).toHaveLength(400_000);
  expect(new Set(summarize(rows))).toEqual(new Set(['unclosed_quote']));
});

test.each([
  ['that end a field', '",x"y,"c\n', 3],
  ['that end a field, with 10,000 columns', '",x"y,"c\n', 10_000],
  ['that double quotes', '"a""\n', 2],
  ['of a quote alone', 'a,"\n', 3],
])('nor are lines %s', async (_what, line, columns) => {
  const header = ['email', ...Array.from({ length: columns - 1 }, (_, i) => `c${i}`)].join(',');
  const file = Buffer.from(`${header}\n${line.repeat(400_000)}`);
  const format = inspect(file);
  const rows = await rowsFrom(file, format, format.data, { chunkRows: 1000 });
  expect(rows.length).toBeGreaterThan(100_000);
  expect(new Set(summarize(rows))).toContain('unclosed_quote');
});

test('such lines among others are read the same, wherever reading begins', async () => {
  const parts = ['b@x.io\n', '"q""\n,"\n', '"b@x.io",1\n', '",",""\n', '"a,x"y,"c\n', ',"\r'];
  const mixed = Array.from(
    { length: 300 },
    (_, index) => parts[(index * index + index) % 17] ?? '',
  );
  const block = '"a,x"y,"c\n'.repeat(7_000) + mixed.join('');
  const file = Buffer.from(`email,b,c\n${block.repeat(4)}b@x.io`);
  const format = inspect(file);
  const rows = await rowsFrom(file, format, format.data, { chunkBytes: 300_000 });
  expect(new Set(rows.map(({ problem }) => problem)).size).toBe(2);
  for (let index = 0; index < rows.length; index += Math.floor(rows.length / 40)) {
    const from = rows[index]!.end;
    // A few rows, with nothing before them that the framer could remember.
    const rest = readRows(oneChunk(file.subarray(from.offset)), format, from, 20);
    const { value } = await rest.next();
    await rest.return(undefined);
    expect(value ?? []).toEqual(rows.slice(index + 1, index + 21));
  }
});

async function* oneChunk(bytes: Buffer) {
  await Promise.resolve();
  yield bytes;
}

test('binary data, NUL bytes and lone surrogates after the header are rows like any others', async () => {
  const rows = await readFile(
    Buffer.concat([
      Buffer.from(`email\n${'a@x.io\n'.repeat(10_000)}`),
      Buffer.from('PK\u0003\u0004"\u0000"\u0000\nb\u0000@x.io\n"c"\u0000d\n'),
      Buffer.from([0xff, 0x00, 0x0a]),
    ]),
  );
  expect(summarize(rows.slice(10_000))).toEqual([
    'email:PK\u0003\u0004"\u0000"\u0000',
    'email:b\u0000@x.io',
    'email:c\u0000d',
    'email:ÿ\u0000',
  ]);
  const utf16 = Buffer.from('\ufeffemail\n\ud800\n\udc00x\ud800\ny@x.io\n\ud83d', 'utf16le');
  const surrogates = await readFile(utf16);
  expect(summarize(surrogates)).toEqual([
    'email:\ufffd',
    'email:\ufffdx\ufffd',
    'email:y@x.io',
    'email:\ufffd',
  ]);
  expect(surrogates.at(-1)!.end.offset).toBe(utf16.length);
  expect(await readFile(utf16, { chunkBytes: 1 })).toEqual(surrogates);
});

test('rows of 10,000 columns among short ones', async () => {
  const wide = Array.from({ length: 9_999 }, () => 'x').join(',');
  const rows = await readFile(`${wide},email\n${wide},a@x.io\nshort\n${wide},b@x.io,more\n`);
  expect(summarize(rows)).toEqual(['email:a@x.io', '', 'email:b@x.io']);
});

test('long rows are yielded a few at a time', async () => {
  const file = Buffer.from(`email\n${`a@x.io,${'x'.repeat(60_000)}\n`.repeat(50)}`);
  let rows = 0;
  for await (const chunk of readRows(oneChunk(file), EMAIL, START, 1_000)) {
    expect(chunk.length).toBeLessThanOrEqual(6);
    rows += chunk.length;
  }
  expect(rows).toBe(51);
});

test('a record that cannot be parsed does not affect those parsed with it', () => {
  expect(parseRecords(['a,b', '"c', 'd,"e"', 'f'], ',')).toEqual([
    ['a', 'b'],
    null,
    ['d', 'e'],
    ['f'],
  ]);
  // Together, these would be two records.
  expect(parseRecords(['a', '"b', 'c"', 'd'], ',')).toEqual([['a'], null, ['c"'], ['d']]);
});
