import {
  addBusinessDays,
  BUSINESS_ZONE,
  federalHolidays,
  isBusinessDay,
} from '../../src/lib/business-days';
import { DAY_MS } from '../../src/lib/durations';

/** As the Office of Personnel Management publishes them, by the days on which they are observed. */
const PUBLISHED: Record<number, string> = {
  2021: '01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24',
  // New Year's Day of 2022 was a Saturday.
  2022: '2021-12-31 01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26',
  2023: '01-02 01-16 02-20 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25',
  2024: '01-01 01-15 02-19 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25',
  2025: '01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25',
  2026: '01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25',
  2027: '01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24',
  2028: '2027-12-31 01-17 02-21 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25',
  2029: '01-01 01-15 02-19 05-28 06-19 07-04 09-03 10-08 11-12 11-22 12-25',
  2030: '01-01 01-21 02-18 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25',
};

test.each(Object.entries(PUBLISHED))('%s has the holidays that were published', (year, list) => {
  const days = list.split(' ').map((day) => (day.length === 5 ? `${year}-${day}` : day));
  expect(federalHolidays(Number(year)).map(({ day }) => day)).toEqual(days);
});

test('names them, and knows of Juneteenth since 2021', () => {
  expect(federalHolidays(2026)[4]).toEqual({
    name: 'Juneteenth National Independence Day',
    day: '2026-06-19',
  });
  const names = federalHolidays(2020).map(({ name }) => name);
  expect(names).toHaveLength(10);
  expect(names).not.toContain('Juneteenth National Independence Day');
});

test.each(Object.keys(PUBLISHED).map(Number))('%s has its weekdays less its holidays', (year) => {
  const days = Array.from({ length: 366 }, (_, i) => new Date(Date.UTC(year, 0, 1) + i * DAY_MS))
    .filter((day) => day.getUTCFullYear() === year)
    .map((day) => ({ day: day.toISOString().slice(0, 10), weekday: day.getUTCDay() }));
  const weekdays = days.filter(({ weekday }) => weekday !== 0 && weekday !== 6);
  const off = [...federalHolidays(year), ...federalHolidays(year + 1)]
    .map(({ day }) => day)
    .filter((day) => day.startsWith(String(year)));
  expect(days.filter(({ day }) => isBusinessDay(day)).map(({ day }) => day)).toEqual(
    weekdays.map(({ day }) => day).filter((day) => !off.includes(day)),
  );
});

test('the last day of a year can be a holiday of the next', () => {
  expect(isBusinessDay('2027-12-31')).toBe(false);
  expect(isBusinessDay('2028-01-03')).toBe(true);
  expect(isBusinessDay('2026-12-31')).toBe(true);
});

test('Inauguration Day and days off that presidents give are business days', () => {
  expect(isBusinessDay('2029-01-20')).toBe(false); // A Saturday.
  expect(isBusinessDay('2033-01-20')).toBe(true);
  expect(isBusinessDay('2025-01-09')).toBe(true);
  expect(isBusinessDay('2024-12-24')).toBe(true);
});

test.each([
  ['a quiet fortnight', '2026-03-02T15:00:00Z', 10, '2026-03-17T04:00:00.000Z'],
  ['one day', '2026-03-02T15:00:00Z', 1, '2026-03-04T05:00:00.000Z'],
  ['from a Friday over a weekend', '2026-03-06T15:00:00Z', 1, '2026-03-10T04:00:00.000Z'],
  ['from a Saturday', '2026-03-07T15:00:00Z', 1, '2026-03-10T04:00:00.000Z'],
  ['from a Sunday', '2026-03-08T15:00:00Z', 1, '2026-03-10T04:00:00.000Z'],
  ['from a holiday', '2026-06-19T15:00:00Z', 1, '2026-06-23T04:00:00.000Z'],
  ['over Thanksgiving', '2026-11-20T15:00:00Z', 10, '2026-12-08T05:00:00.000Z'],
  ['over Christmas and New Year', '2026-12-18T15:00:00Z', 10, '2027-01-06T05:00:00.000Z'],
  ['over an observed New Year', '2027-12-30T15:00:00Z', 1, '2028-01-04T05:00:00.000Z'],
  ['into summer time', '2026-03-05T15:00:00Z', 2, '2026-03-10T04:00:00.000Z'],
  ['out of summer time', '2026-10-30T15:00:00Z', 1, '2026-11-03T05:00:00.000Z'],
  ['late in the evening there', '2026-03-03T04:59:59.999Z', 1, '2026-03-04T05:00:00.000Z'],
  ['just after midnight there', '2026-03-03T05:00:00.000Z', 1, '2026-03-05T05:00:00.000Z'],
  ['none: the rest of the day', '2026-03-02T15:00:00Z', 0, '2026-03-03T05:00:00.000Z'],
])('%s', (_, from, days, at) => {
  expect(addBusinessDays(new Date(from), days).toISOString()).toBe(at);
});

test('days end where they are said to', () => {
  const from = new Date('2026-03-03T06:00:00Z');
  expect(BUSINESS_ZONE).toBe('America/New_York');
  expect(addBusinessDays(from, 1, 'America/Los_Angeles').toISOString()).toBe(
    '2026-03-04T08:00:00.000Z',
  );
  expect(addBusinessDays(from, 1, 'UTC').toISOString()).toBe('2026-03-05T00:00:00.000Z');
});
