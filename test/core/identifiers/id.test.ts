import { isId, normalizeId } from '../../../src/core/identifiers/id';

test.each([
  ['EC-a-1', 'EC-a-1'],
  [' EC-a-1 ', 'EC-a-1'],
  ['EC-a-1\r\n', 'EC-a-1'],
  ['\u00a0EC-a-1\u3000', 'EC-a-1'],
  ['\ufeffEC-a-1', 'EC-a-1'],
  ['EC-\u200ba-\u00ad1', 'EC-a-1'],
  ['\u2066EC-a-1\u2069', 'EC-a-1'],
  ['EC-a\ufe0f-1', 'EC-a-1'],
  ['EC-a b-1', 'EC-a b-1'],
  ['EC-é-1', 'EC-é-1'],
  ['x'.repeat(200), 'x'.repeat(200)],
])('%j is %j', (text, id) => {
  expect(normalizeId(text)).toBe(id);
  expect(isId(normalizeId(text))).toBe(true);
});

test.each(['', ' ', '\u200b', 'a\u0000', '\u0000', 'a\u0007b', 'a\nb', 'a\u007f', 'x'.repeat(201)])(
  '%j is no id',
  (text) => {
    expect(isId(normalizeId(text))).toBe(false);
  },
);
