/** A bar chart of the last day, as SVG; the page has the same as a table. */
export interface Chart {
  title: string;
  /** Says the same in words. */
  label: string;
  width: number;
  height: number;
  /** A gap is as tall as the chart. */
  bars: { x: number; y: number; width: number; height: number; gap: boolean }[];
}

const SIZE = { width: 600, height: 120 } as const;
const SPACE_BETWEEN = 2;

/**
 * Draws values, the largest as tall as the chart.
 * @param values null: a gap
 * @param words what the label is made of
 */
export function chartOf(
  title: string,
  values: (number | null)[],
  words: { none: string; label: (most: string, last: string) => string },
  format: (value: number) => string,
): Chart {
  const known = values.filter((value) => value !== null);
  const most = Math.max(0, ...known);
  const step = SIZE.width / values.length;
  const bars = values.map((value, i) => {
    const share = value === null ? 1 : most === 0 ? 0 : value / most;
    const height = Math.round(share * SIZE.height);
    const x = Math.round(i * step * 10) / 10;
    return { x, y: SIZE.height - height, width: step - SPACE_BETWEEN, height, gap: value === null };
  });
  const last = known.at(-1);
  const label = last === undefined ? words.none : words.label(format(most), format(last));
  return { title, label: `${title}: ${label}`, ...SIZE, bars };
}
