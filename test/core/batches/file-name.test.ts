import { fileName } from '../../../src/core/batches/file-name';

test.each([
  ['list.csv', 'list.csv'],
  ['/home/ann/list.csv', 'list.csv'],
  ['C:\\lists\\list.csv', 'list.csv'],
  [' li\u200bst\u0007.csv ', 'list.csv'],
  ['😀'.repeat(300), '😀'.repeat(200)],
  ['folder/', null],
  ['', null],
  [undefined, null],
])('%j is kept as %j', (given, kept) => {
  expect(fileName(given)).toBe(kept);
});
