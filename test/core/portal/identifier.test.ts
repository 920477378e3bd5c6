import { readIdentifier } from '../../../src/core/portal/identifier';

test.each([
  [' Jo@Example.com ', 'email', 'jo@example.com'],
  ['(415) 555-0100', 'mobile', '+14155550100'],
  ['+49 30 901820', 'mobile', '+4930901820'],
  [' EC-sess-1-abc_DEF ', 'certificate_id', 'EC-sess-1-abc_DEF'],
  ['EC-jo@example.com 1-abc', 'certificate_id', 'EC-jo@example.com 1-abc'],
  ['an-older-id', 'certificate_id', 'an-older-id'],
])('reads %j as %s', (typed, kind, value) => {
  expect(readIdentifier(typed)).toEqual({ kind, value });
});

test.each([
  ['jo@', 'email'],
  ['a@b@c', 'email'],
  ['12', 'mobile'],
  ['+1 415 555', 'mobile'],
  ['', 'nothing'],
  ['two words', 'nothing'],
  ['x'.repeat(201), 'nothing'],
  ['EC-\u0000', 'nothing'],
])('says what %j looks like but is not', (typed, wrong) => {
  expect(readIdentifier(typed)).toBe(wrong);
});
