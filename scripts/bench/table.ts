/** One line of the table: a figure beside its yardstick from the same run. */
export interface Row {
  name: string;
  value: number;
  unit: string;
  yardstick: string;
  /** The yardstick's figure; null where the aim is absolute. */
  beside: number | null;
  aim: string;
}

/** The rows as a Markdown table. */
export function toMarkdown(rows: Row[]): string {
  const lines = rows.map(({ name, value, unit, yardstick, beside, aim }) => {
    const figure = (n: number) => `${rounded(n)} ${unit}`;
    const absolute = aim === '–' ? aim : String(value);
    const ratio = beside === null ? absolute : (value / beside).toFixed(2);
    const besideText = beside === null ? yardstick : `${yardstick}: ${figure(beside)}`;
    return `| ${name} | ${figure(value)} | ${besideText} | ${ratio} | ${aim} |`;
  });
  return ['| what | measured | beside | ratio | aim |', '|---|---|---|---|---|', ...lines].join(
    '\n',
  );
}

/** A figure as text: whole, except where that would be coarse. */
export function rounded(figure: number): string {
  const digits = figure < 10 && !Number.isInteger(figure) ? 2 : 0;
  return figure.toLocaleString('en-US', { maximumFractionDigits: digits });
}
