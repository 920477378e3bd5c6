import type { Context } from '../../context';
import { AppError, unavailable } from '../../errors';
import type { Session } from '../../store';
import type { ChargeLane, Funds } from '../wallet/charge-lane';
import type { Paid } from './answer-checks';

/** Which checks can be paid for. */
export interface Funded {
  paid: Paid[];
  /** Why others cannot. */
  refused: Map<Paid, AppError>;
  /** What each company can spend. */
  funds: Map<string, Funds>;
}

/** Finds, in order of arrival, which checks the money of their companies reaches. */
export async function fundChecks({
  ctx,
  lane,
  due,
  session,
}: {
  ctx: Context;
  lane: ChargeLane;
  due: Paid[];
  session: Session;
}): Promise<Funded> {
  const price = ctx.config.prices.check;
  const needs = new Map<string, number>();
  for (const { call } of due) {
    needs.set(call.company._id, (needs.get(call.company._id) ?? 0) + price);
  }
  const funds = await lane.funds(needs, session);
  const left = new Map([...funds].map(([id, { availableMicrousd }]) => [id, availableMicrousd]));
  const refused = new Map<Paid, AppError>();
  for (const one of due) {
    const { _id: companyId } = one.call.company;
    const available = left.get(companyId);
    // Its wallet is not converted yet: the release step does that.
    if (available === undefined) refused.set(one, unavailable());
    else if (available < price) refused.set(one, new AppError('insufficient_balance'));
    else left.set(companyId, available - price);
  }
  return { paid: due.filter((one) => !refused.has(one)), refused, funds };
}
