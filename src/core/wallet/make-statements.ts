import type { Context } from '../../context';
import { HOUR_MS } from '../../lib/durations';
import type { Company } from '../../store/companies';
import { CHECK_KINDS } from '../../store/ledger-lines';
import { eachCompany } from '../companies/each-company';
import { countChecks } from './count-checks';
import { startOfDay, startOfNextDay, utcDay } from './utc-day';

/** Charges commit within seconds, so this long after a day its lines are complete. */
const COMPLETE_AFTER_MS = HOUR_MS;
const THE_BEGINNING = new Date(0);

/**
 * Makes the missing statements of every company, from its first day on: one for each UTC day that
 * ended at least an hour ago. Counts the day's checks by certificate, too.
 */
export async function makeStatements({
  ctx,
  signal,
  now,
}: {
  ctx: Context;
  signal: AbortSignal;
  now: Date;
}): Promise<'done' | 'already_done'> {
  const completeBefore = new Date(now.getTime() - COMPLETE_AFTER_MS);
  let made = 0;
  for await (const company of eachCompany({ ctx, signal })) {
    made += await makeMissing(ctx, company, completeBefore, signal);
  }
  return made > 0 ? 'done' : 'already_done';
}

async function makeMissing(
  ctx: Context,
  company: Company,
  completeBefore: Date,
  signal: AbortSignal,
): Promise<number> {
  const latest = await ctx.store.statements.latest(company._id);
  let day = utcDay(latest ? startOfNextDay(latest.day) : company.created_at);
  // The first one includes lines that a slow clock dated before the company.
  let from = latest ? startOfDay(day) : THE_BEGINNING;
  let opening = latest?.closing_microusd ?? 0;
  let made = 0;
  for (let to = startOfNextDay(day); to <= completeBefore; to = startOfNextDay(day)) {
    signal.throwIfAborted();
    opening = await makeOne(ctx, { companyId: company._id, day, opening, from, to });
    made++;
    day = utcDay(to);
    from = to;
  }
  return made;
}

/** Returns the day's closing balance. */
async function makeOne(
  ctx: Context,
  {
    companyId,
    day,
    opening,
    from,
    to,
  }: { companyId: string; day: string; opening: number; from: Date; to: Date },
): Promise<number> {
  const totals = await ctx.store.ledger.sumByKind(companyId, from, to);
  const checks = totals
    .filter(({ _id: kind }) => CHECK_KINDS.includes(kind))
    .reduce((sum, { lines }) => sum + lines, 0);
  // Before the statement, which says that both are there.
  await countChecks({ ctx, companyId, day, from, to, checks });
  const closing = totals.reduce((sum, total) => sum + total.amount_microusd, opening);
  await ctx.store.statements.insertOnce({
    _id: `${companyId}:${day}`,
    company_id: companyId,
    day,
    opening_microusd: opening,
    closing_microusd: closing,
    totals: totals.map(({ _id: kind, ...rest }) => ({ kind, ...rest })),
    made_at: ctx.now(),
  });
  return closing;
}
