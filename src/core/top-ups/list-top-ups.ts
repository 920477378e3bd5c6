import type { Context } from '../../context';
import type { TopUpRequest } from '../../store/top-up-requests';
import { distinct } from '../../lib/distinct';
import { paymentFor } from './payment';
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
  const payment = paymentFor({ ctx });
  const view = (request: TopUpRequest) => topUpView({ request, payment });
  return { waiting: waiting.map(view), decided: decided.map(view) };
}

/** A request for the operator's pages. */
export type NamedTopUp = TopUpView & { company_name: string };

/** The top-ups of all companies that wait for the operator, oldest first, at most 200. */
export async function listWaitingTopUps({ ctx }: { ctx: Context }): Promise<NamedTopUp[]> {
  return withNames(ctx, await ctx.store.topUpRequests.waiting(MAX_WAITING_SHOWN));
}

/** One of them; null when it does not wait, or there is none. */
export async function getWaitingTopUp({
  ctx,
  requestId,
}: {
  ctx: Context;
  requestId: string;
}): Promise<NamedTopUp | null> {
  const request = await ctx.store.topUpRequests.find(requestId);
  if (request?.state !== 'requested') return null;
  return (await withNames(ctx, [request]))[0] ?? null;
}

async function withNames(ctx: Context, requests: TopUpRequest[]): Promise<NamedTopUp[]> {
  const companies = await ctx.store.companies.findMany(
    distinct(requests.map(({ company_id }) => company_id)),
  );
  const names = new Map(companies.map(({ _id, name }) => [_id, name]));
  const payment = paymentFor({ ctx });
  return requests.map((request) => ({
    ...topUpView({ request, payment }),
    company_name: names.get(request.company_id) ?? request.company_id,
  }));
}
