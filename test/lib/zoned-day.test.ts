import {
  clockIn,
  isDay,
  isMinute,
  startOfDayIn,
  startOfNextDayIn,
  timeIn,
} from '../../src/lib/zoned-day';

test.each([
  ['2026-01-15', 'UTC', '2026-01-15T00:00:00.000Z'],
  ['2026-01-15', 'America/New_York', '2026-01-15T05:00:00.000Z'],
  ['2026-07-15', 'America/New_York', '2026-07-15T04:00:00.000Z'],
  ['2026-03-08', 'America/New_York', '2026-03-08T05:00:00.000Z'],
  ['2026-01-15', 'Pacific/Kiritimati', '2026-01-14T10:00:00.000Z'],
  ['2026-01-15', 'Asia/Kathmandu', '2026-01-14T18:15:00.000Z'],
])('%s starts in %s at %s', (day, zone, at) => {
  expect(startOfDayIn(day, zone).toISOString()).toBe(at);
});

test('a day is as long as it is', () => {
  const [start, end] = ['2026-03-08', '2026-03-08'] as const;
  const hours =
    (startOfNextDayIn(end, 'America/New_York').getTime() -
      startOfDayIn(start, 'America/New_York').getTime()) /
    3_600_000;
  expect(hours).toBe(23);
});

test('knows a day from what only looks like one', () => {
  expect(['2026-02-28', '2026-02-30', '2026-13-01', 'today', ''].map(isDay)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});

test.each([
  ['2026-01-15T09:30', 'UTC', '2026-01-15T09:30:00.000Z'],
  ['2026-07-15T09:30', 'America/New_York', '2026-07-15T13:30:00.000Z'],
  ['2026-01-15T00:00', 'Asia/Kathmandu', '2026-01-14T18:15:00.000Z'],
])('clocks show %s in %s at %s', (time, zone, at) => {
  expect(timeIn(time, zone).toISOString()).toBe(at);
  expect(clockIn(zone)(new Date(at))).toBe(time);
});

test('a time that clocks skip is the first after it', () => {
  const skipped = timeIn('2026-03-08T02:30', 'America/New_York');
  expect(skipped.toISOString()).toBe('2026-03-08T07:00:00.000Z');
});

test('knows a minute from what only looks like one', () => {
  const texts = ['2026-02-28T23:59', '2026-02-30T10:00', '2026-02-28T24:00', '2026-02-28', ''];
  expect(texts.map(isMinute)).toEqual([true, false, false, false, false]);
});
