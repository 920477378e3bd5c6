import { inWords } from '../../src/lib/number-words';

test.each([
  [0, 'zero'],
  [7, 'seven'],
  [19, 'nineteen'],
  [20, 'twenty'],
  [99, 'ninety-nine'],
  [110, 'one hundred ten'],
  [10_001, 'ten thousand one'],
  [12_500, 'twelve thousand five hundred'],
  [1_000_000, 'one million'],
  [20_340_518, 'twenty million three hundred forty thousand five hundred eighteen'],
  [999_999_999_999, /^nine hundred ninety-nine billion .* nine hundred ninety-nine$/],
])('%d is %s', (value, words) => {
  expect(inWords(value)).toEqual(words instanceof RegExp ? expect.stringMatching(words) : words);
});
