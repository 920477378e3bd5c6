import type { Context } from '../../context';

/**
 * When companies were last served, from the security log: within its 90 days, to the hour it was
 * counted in.
 * @returns by company; those that were not served are missing
 */
export async function lastCalls({
  ctx,
  companyIds,
}: {
  ctx: Context;
  companyIds: string[];
}): Promise<Map<string, Date>> {
  if (companyIds.length === 0) return new Map();
  const found = await ctx.store.securityLog.lastServed(companyIds);
  return new Map(found.map(({ _id, last_at }) => [_id, last_at]));
}
