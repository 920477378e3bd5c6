import type { Policy } from '../../../src/core/limits/policies';
import { KnownWindows, newWindow } from '../../../src/core/limits/windows';
import { DAY_MS, MINUTE_MS } from '../../../src/lib/durations';

const MAX_WINDOWS = 20_000;
const NOW = Date.UTC(2026, 0, 10, 12, 30);

const policy = (key: string, windowMs: Policy['windowMs'] = 1_000): Policy => ({
  name: 'test',
  key,
  max: 10,
  windowMs,
  refusal: 'too_many_requests',
});

test('a day begins at midnight, UTC; anything shorter with its first call', () => {
  expect(newWindow(policy('a', DAY_MS), NOW)).toEqual({ start: Date.UTC(2026, 0, 10), count: 0 });
  const midnight = Date.UTC(2026, 0, 10);
  expect(newWindow(policy('a', DAY_MS), midnight).start).toBe(midnight);
  expect(newWindow(policy('a', DAY_MS), midnight - 1).start).toBe(midnight - DAY_MS);
  expect(newWindow(policy('a', MINUTE_MS), NOW + 1)).toEqual({ start: NOW + 1, count: 0 });
});

test('a window is open until its last millisecond, and then another one is', () => {
  const known = new KnownWindows();
  known.learn(policy('a'), { start: NOW, count: 3 }, NOW);
  expect(known.open(policy('a'), NOW + 999)).toMatchObject({ start: NOW, count: 3 });
  expect(known.open(policy('a'), NOW + 1_000)).toEqual({ start: NOW + 1_000, count: 0 });
  expect(known.open(policy('b'), NOW)).toEqual({ start: NOW, count: 0 });
});

test('within a window the count never goes down, and another window has its own', () => {
  const known = new KnownWindows();
  const learned = (start: number, count: number) => {
    known.learn(policy('a'), { start, count }, NOW);
    return known.open(policy('a'), NOW);
  };
  expect(learned(NOW - 500, 5)).toMatchObject({ start: NOW - 500, count: 5 });
  expect(learned(NOW - 500, 3)).toMatchObject({ start: NOW - 500, count: 5 });
  expect(learned(NOW - 500, 6)).toMatchObject({ start: NOW - 500, count: 6 });
  expect(learned(NOW - 400, 2)).toMatchObject({ start: NOW - 400, count: 2 });
});

test('when all places are taken, those make room that are over, or else the oldest half', () => {
  const known = new KnownWindows();
  const count = (key: string, now: number) => known.open(policy(key), now).count;
  const fill = (prefix: string, many: number, start: number) => {
    for (let i = 0; i < many; i++) {
      known.learn(policy(`${prefix}${String(i)}`), { start, count: 1 }, start);
    }
  };
  fill('old', 10, NOW);
  fill('new', MAX_WINDOWS - 10, NOW + 500);
  expect([count('old0', NOW + 999), count('new0', NOW + 999)]).toEqual([1, 1]);
  // What is known already needs no room.
  known.learn(policy('new1'), { start: NOW + 500, count: 2 }, NOW + 999);
  expect(count('old0', NOW + 999)).toBe(1);
  known.learn(policy('more'), { start: NOW + 999, count: 1 }, NOW + 999);
  expect(count('more', NOW + 999)).toBe(1);
  expect([count('old0', NOW + 999), count('new0', NOW + 999)]).toEqual([0, 0]);
  expect(count(`new${String(MAX_WINDOWS - 11)}`, NOW + 999)).toBe(1);
});

test('windows that are over are enough room where there are some', () => {
  const known = new KnownWindows();
  for (let i = 0; i < MAX_WINDOWS; i++) {
    const start = i < MAX_WINDOWS / 2 + 1 ? NOW : NOW + 500;
    known.learn(policy(String(i)), { start, count: 1 }, NOW + 500);
  }
  known.learn(policy('more'), { start: NOW + 1_000, count: 1 }, NOW + 1_000);
  const open = (at: number) => known.open(policy(String(at)), NOW + 1_000).count;
  expect([open(MAX_WINDOWS / 2), open(MAX_WINDOWS / 2 + 1)]).toEqual([0, 1]);
});
