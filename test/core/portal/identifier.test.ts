import { readIdentifier } from '../../../src/core/portal/identifier';

test.each([
  [' Jo@Example.com ', 'email', 'jo@example.com'],
  ['Jo <jo@example.com>', 'email', 'jo@example.com'],
  ['jo＠example.com', 'email', 'jo@example.com'],
  ['(415) 555-0100', 'mobile', '+14155550100'],
  ['+49 30 901820', 'mobile', '+4930901820'],
  ['４１５ ５５５ ０１００', 'mobile', '+14155550100'],
  ['٤١٥٥٥٥٠١٠٠', 'mobile', '+14155550100'],
  ['415\u2011555\u20130100', 'mobile', '+14155550100'],
  ['tel:+1-415-555-0100', 'mobile', '+14155550100'],
  ['415-555-0100 x12', 'mobile', '+14155550100'],
  ['415-555-0100 ext. 12', 'mobile', '+14155550100'],
  ['(+1) 415 555 0100', 'mobile', '+14155550100'],
  ['1-800-FLOWERS', 'mobile', '+18003569377'],
  [' EC-sess-1-abc_DEF ', 'certificate_id', 'EC-sess-1-abc_DEF'],
  ['“EC-sess-1-abc_DEF”', 'certificate_id', 'EC-sess-1-abc_DEF'],
  ['EC\u2011sess-1-abc_DEF', 'certificate_id', 'EC-sess-1-abc_DEF'],
  ['EC-sess\u200b-1-abc_DEF', 'certificate_id', 'EC-sess-1-abc_DEF'],
  ['EC-4155550100-abc_DEF', 'certificate_id', 'EC-4155550100-abc_DEF'],
  ['EC-jo@example.com 1-abc', 'certificate_id', 'EC-jo@example.com 1-abc'],
  ['CX0123456789abcdef01234567', 'certificate_id', 'CX0123456789abcdef01234567'],
  ['an-older-id', 'certificate_id', 'an-older-id'],
])('reads %j as %s', (typed, kind, value) => {
  expect(readIdentifier(typed)).toEqual({ kind, value });
});

test.each([
  ['jo@', 'email'],
  ['a@b@c', 'email'],
  ['a\u0000@example.com', 'email'],
  ['12', 'mobile'],
  ['+1 415 555', 'mobile'],
  ['tel:+1', 'mobile'],
  ['612345678.0', 'country'],
  ['06 12 34 56 78', 'country'],
  ['', 'nothing'],
  ['hello', 'nothing'],
  ['consent', 'nothing'],
  ['FLOWERS', 'nothing'],
  ['two words', 'nothing'],
  ['¿dónde-está?', 'nothing'],
  ['x'.repeat(201), 'nothing'],
  ['EC-\u0000', 'nothing'],
])('says what %j looks like but is not', (typed, wrong) => {
  expect(readIdentifier(typed)).toBe(wrong);
});

test('keeps how an email was written where an earlier release stored it like that', () => {
  const person = { kind: 'email', value: 'jo@example.com', typed: '<jo@example.com>' };
  expect(readIdentifier('<jo@example.com>')).toEqual(person);
});
