import { sumOfLines } from '../../src/core/wallet/lanes';
import { startOfNextDay, utcDay } from '../../src/core/wallet/utc-day';
import { HOUR_MS } from '../../src/lib/durations';
import type { LedgerKind } from '../../src/store/ledger';
import type { Statement } from '../../src/store/statements';
import type { Calendar } from './calendar';
import { COMPANY_ID, type Past } from './past';

/** After the end of its day. */
const MADE_AFTER_MS = HOUR_MS;

type Totals = Map<LedgerKind, Statement['totals'][number]>;

/** Makes the statement of each day that is over, as `makeStatements` would have. */
export function makeStatements(past: Past, { founded, now }: Calendar): void {
  const totalsOf = new Map<string, Totals>();
  for (const { at, lines } of past.ledgerPages) {
    const day = utcDay(at);
    const totals = totalsOf.get(day) ?? (new Map() as Totals);
    totalsOf.set(day, totals);
    for (const line of lines) {
      const { kind } = line;
      const sum = totals.get(kind) ?? { kind, lines: 0, amount_microusd: 0 };
      sum.lines += line.certificate_refs.length;
      sum.amount_microusd += sumOfLines([line]);
      totals.set(kind, sum);
    }
  }
  let opening = 0;
  for (let day = utcDay(founded); madeAt(day) <= now; day = utcDay(startOfNextDay(day))) {
    const totals = [...(totalsOf.get(day)?.values() ?? [])].sort(byKind);
    const closing = totals.reduce((sum, one) => sum + one.amount_microusd, opening);
    past.statements.push({
      _id: `${COMPANY_ID}:${day}`,
      company_id: COMPANY_ID,
      day,
      opening_microusd: opening,
      closing_microusd: closing,
      totals,
      made_at: madeAt(day),
    });
    opening = closing;
  }
}

function madeAt(day: string): Date {
  return new Date(startOfNextDay(day).getTime() + MADE_AFTER_MS);
}

function byKind(a: { kind: string }, b: { kind: string }): number {
  return a.kind < b.kind ? -1 : 1;
}
