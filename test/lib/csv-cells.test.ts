import { inert } from '../../src/lib/csv-cells';

test.each(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])(
  'a text that begins with %j is quoted, one that has it later is not',
  (sign) => {
    expect(inert(`${sign}1`)).toBe(`'${sign}1`);
    expect(inert(sign)).toBe(`'${sign}`);
    expect(inert(`1${sign}1`)).toBe(`1${sign}1`);
    expect(inert(`1\n${sign}1`)).toBe(`1\n${sign}1`);
  },
);

test.each(['', ' ', 'a', '1', "'", '"', '#', '|'])('%j stays as it is', (text) => {
  expect(inert(text)).toBe(text);
});
