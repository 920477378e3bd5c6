import { createHash } from 'node:crypto';
import type { Context } from '../../../../src/context';
import { judgeRow, namesAnything, weighRow } from '../../../../src/core/batches/rows/judge-row';
import type { CsvRow } from '../../../../src/core/batches/csv/read-rows';
import { IdentifierHasher } from '../../../../src/lib/identifier-hasher';

const ID_MAX_CHARACTERS = 200;
const SHOWN_CHARACTERS = 320;

const identifiers = new IdentifierHasher(['identifier-key-of-22-characters']);
const ctx = { identifiers } as Context;

type Cell = CsvRow['cells'][number];

function judge(
  cells: Omit<Cell, 'column'>[],
  more: Partial<CsvRow> = {},
  batch: Parameters<typeof judgeRow>[0]['batch'] = { upload: null },
) {
  const row: CsvRow = {
    line: 7,
    end: { offset: 99, line: 8 },
    cells: cells.map((cell) => ({ column: cell.kind.toUpperCase(), ...cell })),
    record: [],
    channels: null,
    isActive: false,
    problem: null,
    ...more,
  };
  return judgeRow({ ctx, row, batch });
}

const reasons = (...cells: Omit<Cell, 'column'>[]) =>
  judge(cells).errors.map(({ column, reason }) => `${column} ${reason}`);

test.each([
  ['certificate_id', 'x'.repeat(ID_MAX_CHARACTERS), 'x'.repeat(ID_MAX_CHARACTERS + 1)],
  ['certificate_id', 'EC-1', 'EC-\u00071'],
  ['certificate_id', 'EC 1', 'EC-\u007f1'],
  ['email', 'jo@example.com', 'jo@'],
  ['mobile', '+14155550100', '+1415555010'],
] as const)('%s: %s can be looked up, %s cannot', (kind, right, wrong) => {
  const good = judge([{ kind, value: right }]);
  expect(good.errors).toEqual([]);
  expect(namesAnything(good)).toBe(true);
  expect(good.named).toEqual({ line: 7, column: kind.toUpperCase(), value: right });
  const bad = judge([{ kind, value: wrong }]);
  expect(bad.errors).toEqual([
    { line: 7, column: kind.toUpperCase(), value: wrong, reason: `invalid_${kind}` },
  ]);
  expect(namesAnything(bad)).toBe(false);
  expect(bad.named).toEqual({ line: 7, column: '', value: '' });
});

const hashOf = (text: string) => createHash('sha256').update(text).digest();

test.each([
  ['email', 'jo@example.com'],
  ['mobile', '+14155550100'],
] as const)('a hash of the %s finds what it does itself, by hashes of today', (kind, value) => {
  const keys = (row: ReturnType<typeof judge>) => [...row.email_hashes, ...row.mobile_hashes];
  const [today] = keys(judge([{ kind, value }]));
  const sum = hashOf(value);
  const hex = sum.toString('hex');
  for (const text of [hex, hex.toUpperCase(), `"${hex}" `, sum.toString('base64')]) {
    expect(keys(judge([{ kind: `${kind}_sha256`, value: text }]))).toEqual([today]);
  }
});

test.each(['email_sha256', 'mobile_sha256'] as const)(
  'what is no hash in %s is invalid',
  (kind) => {
    const hex = hashOf('jo@example.com').toString('hex');
    const md5 = createHash('md5').update('jo@example.com').digest('hex');
    const ofNothing = hashOf('').toString('hex');
    for (const value of [hex.slice(1), `${hex}0`, md5, 'g'.repeat(64), '4155550100', ofNothing]) {
      expect(reasons({ kind, value })).toEqual([`${kind.toUpperCase()} invalid_${kind}`]);
    }
    expect(reasons({ kind, value: 'jo@example.com' })).toHaveLength(1);
  },
);

test('a number without its country is told apart from one that is none', () => {
  expect(reasons({ kind: 'mobile', value: '020 7946 0958' })).toEqual([
    'MOBILE mobile_needs_country',
  ]);
});

test('each wrong cell is an error of its own, and the first right one names the row', () => {
  const row = judge([
    { kind: 'email', value: 'no' },
    { kind: 'certificate_id', value: 'EC-1' },
    { kind: 'mobile', value: 'no' },
    { kind: 'email', value: 'jo@example.com' },
  ]);
  expect(row.errors.map(({ column }) => column)).toEqual(['EMAIL', 'MOBILE']);
  expect(row.named).toEqual({ line: 7, column: 'CERTIFICATE_ID', value: 'EC-1' });
  expect(row.ids[0]).toBe('EC-1');
  expect(row.email_hashes.length).toBeGreaterThan(0);
  expect(row.mobile_hashes).toEqual([]);
});

test('a row without cells, or with a problem, has one error and nothing to look up', () => {
  expect(judge([]).errors).toEqual([{ line: 7, column: '', value: '', reason: 'no_identifier' }]);
  const broken = judge([{ kind: 'email', value: 'jo@example.com' }], { problem: 'unclosed_quote' });
  expect(broken.errors).toEqual([{ line: 7, column: '', value: '', reason: 'unclosed_quote' }]);
  expect(namesAnything(broken)).toBe(false);
});

test('of a long cell the beginning is shown, and up to that length all of it', () => {
  const shown = (length: number) =>
    judge([{ kind: 'certificate_id', value: 'x'.repeat(length) }]).errors[0]!.value.length;
  expect(shown(SHOWN_CHARACTERS)).toBe(SHOWN_CHARACTERS);
  expect(shown(SHOWN_CHARACTERS + 1)).toBe(SHOWN_CHARACTERS);
});

test('what a row takes in memory grows with all that it has', () => {
  const weight = (...cells: Omit<Cell, 'column'>[]) => weighRow(judge(cells));
  const nothing = weight();
  const id = weight({ kind: 'certificate_id', value: 'EC-1' });
  expect(id).toBeGreaterThan(nothing);
  expect(weight({ kind: 'certificate_id', value: `EC-${'1'.repeat(100)}` })).toBeGreaterThan(
    id + 2 * 99,
  );
  expect(weight({ kind: 'email', value: 'a@x.io' })).toBeGreaterThan(nothing);
  expect(weight({ kind: 'mobile', value: '+14155550100' })).toBeGreaterThan(nothing);
  expect(weight({ kind: 'email', value: 'x'.repeat(300) })).toBeGreaterThan(nothing + 2 * 299);
});
