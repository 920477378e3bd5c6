import type { Context } from '../../context';
import { createCounting } from './counting';
import { type Entrance, entrancePolicy } from './policies';

/**
 * Counts a request that came by a link of a company; nothing for a company that does not exist.
 * Rejects with AppError too_many_requests.
 */
export type CountEntrance = (companyId: string, entrance: Entrance) => Promise<void>;

/**
 * Makes the verb that holds what is open to anybody to the limits of the company it is for, so that
 * a flood by one company's links leaves the others alone.
 * @param now the time in milliseconds since 1970
 */
export function createCountEntrance({
  ctx,
  now,
}: {
  ctx: Context;
  now: () => number;
}): CountEntrance {
  const count = createCounting({ ctx, now });
  return async (companyId, entrance) => {
    const company = await ctx.store.companies.find(companyId);
    if (!company) return;
    if (entrance === 'link_opens') ctx.activity.count(companyId, 'link_opens');
    const { refusal } = await count([entrancePolicy(company, entrance)]);
    if (refusal) throw refusal;
  };
}
