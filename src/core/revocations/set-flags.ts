import type { Context } from '../../context';
import type { RevokedGroup } from '../../store/certificate-revoking';
import { removedIds } from '../identifiers/removed-ids';

/**
 * Sets the flags that are not set yet, on a majority. Certificates that a clean-up has removed since
 * they were named are found by what took the place of their ids.
 * @returns how many it set
 */
export async function setFlags({
  ctx,
  companyId,
  groups,
}: {
  ctx: Context;
  companyId: string;
  groups: RevokedGroup[];
}): Promise<number> {
  const { certificates } = ctx.store;
  const named = groups.reduce((sum, { ids }) => sum + ids.length, 0);
  const set = await certificates.revokeMany(companyId, groups);
  if (set === named) return set;
  const removed = groups.map(({ ids, optOut }) => ({
    ids: ids.flatMap((id) => removedIds({ ctx, id })),
    optOut,
  }));
  return set + (await certificates.revokeMany(companyId, removed));
}
