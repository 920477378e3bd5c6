import {
  findConsent,
  matchHash,
  type MatchMode,
  needsTexts,
} from '../../../src/core/certificates/find-consent';
import { foldCase } from '../../../src/lib/fold-case';

const given = (...texts: string[]) =>
  texts.map((text) => ({ type: 'terms', text, given_at: new Date(0) }));
/** By the text, and for whole texts by its hash alone. */
const finds = (mode: MatchMode, text: string, wanted: string): boolean => {
  const found = findConsent(given(text), mode, wanted) !== undefined;
  const hashed = [{ type: 'terms', given_at: new Date(0), match_hash: matchHash(text) }];
  if (mode === 'match') expect(findConsent(hashed, mode, wanted) !== undefined).toBe(found);
  return found;
};

test('texts are needed for a term, and where a hash is missing or of another version', () => {
  const consent = { type: 'terms', given_at: new Date(0) };
  const hashed = { ...consent, match_hash: matchHash('a') };
  expect(needsTexts([hashed], 'match')).toBe(false);
  expect(needsTexts([hashed], 'partial-match')).toBe(true);
  expect(needsTexts([hashed, consent], 'match')).toBe(true);
  expect(needsTexts([{ ...consent, match_hash: '0:abc' }], 'match')).toBe(true);
  expect(needsTexts([], 'match')).toBe(false);
});

test.each([
  ['I agree.\r\nAlways.', 'I agree.\nAlways.'],
  ['I agree.\rAlways.', 'I agree.\nAlways.'],
  ['I agree.\nAlways.', 'I agree.\r\nAlways.'],
  ['I agree.\r\n\r\nAlways.', 'I agree.\n\nAlways.'],
  ['\r\n I agree. \n', 'I agree.'],
  ['I agree.', '\r\n I agree. \n'],
  ['Caf\u00e9', 'Cafe\u0301'],
  ['Cafe\u0301', 'Caf\u00e9'],
])('%j is %j word for word', (text, wanted) => {
  expect(finds('match', text, wanted)).toBe(true);
});

test.each([
  ['I agree.', 'I Agree.'],
  ['I agree.\n\nAlways.', 'I agree.\nAlways.'],
  ['I agree.\nAlways.', 'I agree. Always.'],
  ['I agree.', 'agree'],
])('%j is not %j word for word', (text, wanted) => {
  expect(finds('match', text, wanted)).toBe(false);
});

test.each([
  ['I AGREE to calls', 'agree'],
  ['ΣΥΜΦΩΝΩ ΟΛΟΥΣ', 'όλους'.normalize('NFD').replace(/\u0301/g, '')],
  ['με όλους', 'ΌΛΟΥΣ'],
  ['ΟΔΟΣ', 'οδοσ'],
  ['οδος', 'ΟΔΟΣ'],
  ['Straße', 'STRASSE'],
  ['STRASSE', 'straße'],
  ['STRAẞE', 'strasse'],
  ['ﬁnal', 'FINAL'],
  ['İstanbul', 'i̇stanbul'],
  ['ŉ', 'ʼN'],
  ['one\r\ntwo', 'ONE\nTWO'],
  ['Caf\u00e9', 'CAFE\u0301'],
  ['CAFE\u0301', 'caf\u00e9'],
  ['100% of (calls)', '% OF (calls)'],
])('%j contains %j', (text, wanted) => {
  expect(finds('partial-match', text, wanted)).toBe(true);
});

test.each([
  ['I agree', 'a.ree'],
  ['kırık', 'KIRIK'],
  ['Strase', 'straße'],
])('%j does not contain %j', (text, wanted) => {
  expect(finds('partial-match', text, wanted)).toBe(false);
});

test('folding is the same whatever the case, and stays as it is when done again', () => {
  for (let code = 0; code <= 0xffff; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const character = String.fromCodePoint(code).normalize('NFC');
    const folded = foldCase(character);
    if (foldCase(folded) !== folded) throw new Error(`U+${code.toString(16)} is folded twice`);
    if (character !== 'ı' && foldCase(character.toUpperCase().normalize('NFC')) !== folded) {
      throw new Error(`U+${code.toString(16)} differs from its upper case`);
    }
  }
});
