import type { Context } from '../../context';
import { HOUR_MS } from '../../lib/durations';
import type { Company } from '../../store/companies';
import { eachCompany } from '../companies/each-company';
import { startOfDay, startOfNextDay, utcDay } from './utc-day';

/** A charge is committed within seconds, so that none of a day comes later than this. */
const SETTLED_AFTER_MS = HOUR_MS;
const THE_BEGINNING = new Date(0);

/**
 * Makes the statement of every UTC day that is over by an hour and has none yet, for every company
 * and from its first day on.
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
  const settledBefore = new Date(now.getTime() - SETTLED_AFTER_MS);
  let made = 0;
  for await (const company of eachCompany({ ctx, signal })) {
    made += await makeMissing(ctx, company, settledBefore, signal);
  }
  return made > 0 ? 'done' : 'already_done';
}

async function makeMissing(
  ctx: Context,
  company: Company,
  settledBefore: Date,
  signal: AbortSignal,
): Promise<number> {
  const latest = await ctx.store.statements.latest(company._id);
  let day = utcDay(latest ? startOfNextDay(latest.day) : company.created_at);
  // The first one takes in whatever a clock that was behind has dated before the company.
  let from = latest ? startOfDay(day) : THE_BEGINNING;
  let opening = latest?.closing_microusd ?? 0;
  let made = 0;
  for (let to = startOfNextDay(day); to <= settledBefore; to = startOfNextDay(day)) {
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
  }: Record<'companyId' | 'day', string> & {
    opening: number;
    from: Date;
    to: Date;
  },
): Promise<number> {
  const totals = await ctx.store.ledger.sumByKind(companyId, from, to);
  const closing = totals.reduce((sum, total) => sum + total.amount_microusd, opening);
  await ctx.store.statements.insertOnce({
    _id: `${companyId}:${day}`,
    company_id: companyId,
    day,
    opening_microusd: opening,
    closing_microusd: closing,
    totals: totals.map(({ _id: kind, ...rest }) => ({ kind, ...rest })),
    made_at: new Date(),
  });
  return closing;
}
