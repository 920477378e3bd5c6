import { evenly } from '../../src/portal/evenly';
import { readIdentifier } from '../../src/portal/identifier';

it.each([
  [' Jo@Example.com ', 'email', 'jo@example.com'],
  ['(415) 555-0100', 'mobile', '+14155550100'],
  ['+49 30 901820', 'mobile', '+4930901820'],
  [' EC-sess-1-abc_DEF ', 'certificate_id', 'EC-sess-1-abc_DEF'],
  ['EC-jo@example.com 1-abc', 'certificate_id', 'EC-jo@example.com 1-abc'],
  ['an-older-id', 'certificate_id', 'an-older-id'],
])('reads %j as %s', (typed, kind, value) => {
  expect(readIdentifier(typed)).toEqual({ kind, value });
});

it.each([
  ['jo@', 'email'],
  ['a@b@c', 'email'],
  ['12', 'mobile'],
  ['+1 415 555', 'mobile'],
  ['', 'nothing'],
  ['two words', 'nothing'],
  ['x'.repeat(201), 'nothing'],
  ['EC-\u0000', 'nothing'],
])('says what %j is not', (typed, wrong) => {
  expect(readIdentifier(typed)).toBe(wrong);
});

it('answers at full multiples of the quantum only, failures too', async () => {
  jest.useFakeTimers();
  try {
    const answered: number[] = [];
    const startedAt = performance.now();
    const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const works = [after(1), after(400), after(1_300).then(() => Promise.reject(new Error('no')))];
    for (const work of works) {
      void evenly(1_000, () => work)
        .catch(() => null)
        .then(() => answered.push(Math.round((performance.now() - startedAt) / 100)));
    }
    await jest.advanceTimersByTimeAsync(2_500);
    expect(answered).toEqual([10, 10, 20]);
  } finally {
    jest.useRealTimers();
  }
});
