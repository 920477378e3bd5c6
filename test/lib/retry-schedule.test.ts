import { MAX_TRIES, nextTryAt } from '../../src/lib/retry-schedule';

const AT = new Date('2026-03-02T10:00:00Z');
const HOUR_S = 3_600;

/** Seconds until the next try. */
function pause(tries: number, retryAfter?: string | null, random = 0): number | null {
  const next = nextTryAt({ tries, at: AT, retryAfter, random });
  return next && (next.getTime() - AT.getTime()) / 1_000;
}

test('tries ten times, further and further apart', () => {
  expect(MAX_TRIES).toBe(10);
  expect(Array.from({ length: 11 }, (_, i) => pause(i + 1))).toEqual([
    5,
    30,
    120,
    900,
    HOUR_S,
    4 * HOUR_S,
    12 * HOUR_S,
    24 * HOUR_S,
    30 * HOUR_S,
    null,
    null,
  ]);
});

test('what failed together is spread over a tenth of the pause, never sooner', () => {
  expect([0, 0.5, 1].map((random) => pause(3, null, random))).toEqual([120, 126, 132]);
  const some = Array.from({ length: 200 }, () => nextTryAt({ tries: 5, at: AT })?.getTime() ?? 0);
  const [first, last] = [Math.min(...some), Math.max(...some)].map(
    (ms) => (ms - AT.getTime()) / 1_000,
  );
  expect(first).toBeGreaterThanOrEqual(HOUR_S);
  expect(last).toBeLessThanOrEqual(1.1 * HOUR_S);
  expect(new Set(some).size).toBeGreaterThan(100);
});

test.each([
  ['60', 60],
  [' 60 ', 60],
  ['1', 5],
  ['0', 5],
  ['999999999999999999999', 24 * HOUR_S],
  ['Mon, 02 Mar 2026 10:10:00 GMT', 600],
  ['Monday, 02-Mar-26 10:10:00 GMT', 600],
  ['Mon Mar  2 10:10:00 2026', 600],
  ['Mon, 02 Mar 2026 09:00:00 GMT', 5],
  ['Fri, 31 Dec 2049 23:59:59 GMT', 24 * HOUR_S],
  ['-5', 5],
  ['1e9', 5],
  ['Infinity', 5],
  ['soon', 5],
  ['Monday', 5],
  ['2026-03-02T10:10:00Z', 5],
  ['', 5],
])('Retry-After: %s', (text, seconds) => {
  expect(pause(1, text)).toBe(seconds);
});

test('is never asked to come sooner, nor to go on after the last try', () => {
  expect(pause(9, '60')).toBe(30 * HOUR_S);
  expect(pause(10, '60')).toBeNull();
});

test('spreads what was asked for, too', () => {
  expect(pause(1, '600', 1)).toBe(660);
});
