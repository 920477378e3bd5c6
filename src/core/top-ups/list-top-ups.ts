import type { Context } from '../../context';
import { distinct } from '../../lib/distinct';
import { topUpView, type TopUpView } from './top-up-view';

const MAX_DECIDED_SHOWN = 10;
const MAX_WAITING_SHOWN = 200;

export type { TopUpView };

/** The top-ups that a company asked for: those that wait, and the newest ten decided, newest first. */
export async function listTopUps({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<{ waiting: TopUpView[]; decided: TopUpView[] }> {
  const { topUpRequests } = ctx.store;
  const [waiting, decided] = await Promise.all([
    topUpRequests.newest(companyId, ['requested'], MAX_WAITING_SHOWN),
    topUpRequests.newest(companyId, ['approved', 'declined', 'cancelled'], MAX_DECIDED_SHOWN),
  ]);
  return { waiting: waiting.map(topUpView), decided: decided.map(topUpView) };
}

/** The top-ups of all companies that wait for the operator, oldest first, at most 200. */
export async function listWaitingTopUps({
  ctx,
}: {
  ctx: Context;
}): Promise<(TopUpView & { company_name: string })[]> {
  const waiting = await ctx.store.topUpRequests.waiting(MAX_WAITING_SHOWN);
  const ids = distinct(waiting.map(({ company_id }) => company_id));
  const companies = await ctx.store.companies.findMany(ids);
  const names = new Map(companies.map(({ _id, name }) => [_id, name]));
  return waiting.map((request) => ({
    ...topUpView(request),
    company_name: names.get(request.company_id) ?? request.company_id,
  }));
}
