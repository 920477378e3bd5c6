import { stringify } from 'csv-stringify/sync';
import type { MonthStatement } from './month-statement';

const DECIMALS = 6;
const MICROUSD_PER_USD = 1_000_000;
const HEADER = ['date', 'entry', 'count', 'amount_usd', 'balance_usd'];

/**
 * A month's statement as CSV: the opening balance, a line per day and kind, the closing balance. The
 * amounts add up to what is between the two; the balance stands at a day's last line.
 */
export function statementCsv(statement: MonthStatement): string {
  const { month, opening_microusd, closing_microusd, is_open, last_day, days } = statement;
  const lines = days.flatMap(({ day, totals, closing_microusd: balance }) =>
    totals.map(({ kind, lines: count, amount_microusd }, i) => {
      const isLast = i === totals.length - 1;
      return [day, kind, count, usd(amount_microusd), isLast ? usd(balance) : ''];
    }),
  );
  const closing = is_open ? 'closing_balance_so_far' : 'closing_balance';
  return stringify([
    HEADER,
    [`${month}-01`, 'opening_balance', '', '', usd(opening_microusd)],
    ...lines,
    [last_day, closing, '', '', usd(closing_microusd)],
  ]);
}

function usd(microusd: number): string {
  return (microusd / MICROUSD_PER_USD).toFixed(DECIMALS);
}
