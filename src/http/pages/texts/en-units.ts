/** A number with its digits grouped. */
export const count = (value: number): string => value.toLocaleString('en');

/** `1 file`, `2 files`. */
export const plural = (value: number, one: string, many: string): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** A time span as people say it: `45 s`, `12 min`, `3.5 h`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${String(Math.round(seconds))} s`;
  if (seconds < 5_400) return `${String(Math.round(seconds / 60))} min`;
  return `${(seconds / 3_600).toLocaleString('en', { maximumFractionDigits: 1 })} h`;
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];
const STEP = 1_024;

/** `2.1 MB`. */
export function bytes(value: number): string {
  const power = Math.min(
    UNITS.length - 1,
    Math.floor(Math.log(Math.max(1, value)) / Math.log(STEP)),
  );
  const shown = (value / STEP ** power).toLocaleString('en', { maximumFractionDigits: 1 });
  return `${shown} ${UNITS[power] ?? ''}`;
}

/** `96%`, rounded down: nothing is full before it is. */
export const percent = (share: number): string => `${String(Math.floor(share * 100))}%`;
