import type { Context } from '../../context';
import type { RevokedGroup } from '../../store/certificate-revoking';
import { removedIds } from '../identifiers/removed-ids';

/** How many flags were set, and whether that is all of them, under the ids that were given. */
export interface SetFlags {
  set: number;
  all: boolean;
}

/**
 * Sets the flags that are not set yet, on a majority. Certificates that a clean-up has removed since
 * they were named are found by what took the place of their ids.
 */
export async function setFlags({
  ctx,
  companyId,
  groups,
}: {
  ctx: Context;
  companyId: string;
  groups: RevokedGroup[];
}): Promise<SetFlags> {
  const { certificates } = ctx.store;
  const named = groups.reduce((sum, { ids }) => sum + ids.length, 0);
  const set = await certificates.revokeMany(companyId, groups);
  if (set === named) return { set, all: true };
  const removed = groups.map(({ ids, ...flags }) => ({
    ...flags,
    ids: ids.flatMap((id) => removedIds({ ctx, id })),
  }));
  return { set: set + (await certificates.revokeMany(companyId, removed)), all: false };
}
