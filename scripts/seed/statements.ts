import { sumOfLines } from '../../src/core/wallet/lanes';
import { addChecks, checksOfDay } from '../../src/core/wallet/count-checks';
import { lastDays, startOfNextDay, utcDay } from '../../src/core/wallet/utc-day';
import { HOUR_MS } from '../../src/lib/durations';
import type { LedgerKind } from '../../src/store/ledger';
import type { Statement } from '../../src/store/statements';
import type { Calendar } from './calendar';
import { COMPANY_ID, type Past } from './past';

const COUNTED_DAYS = 30;
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
  countChecks(past, now);
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

/** Of the last days, as more would take time at the first start. */
function countChecks(past: Past, now: Date): void {
  const days = lastDays(COUNTED_DAYS, now).filter((day) => madeAt(day) <= now);
  const counts = new Map(days.map((day) => [day, new Map() as Parameters<typeof addChecks>[0]]));
  for (const page of past.ledgerPages) {
    const ofDay = counts.get(utcDay(page.at));
    if (ofDay) addChecks(ofDay, page);
  }
  past.certificateChecks = [...counts].flatMap(([day, ofDay]) =>
    checksOfDay(COMPANY_ID, day, ofDay, ofDay.size),
  );
}

function madeAt(day: string): Date {
  return new Date(startOfNextDay(day).getTime() + MADE_AFTER_MS);
}

function byKind(a: { kind: string }, b: { kind: string }): number {
  return a.kind < b.kind ? -1 : 1;
}
