import type { Context } from '../../context';
import { removedIds } from '../identifiers/removed-ids';

/**
 * Renames in the audit entries of a revocation what a clean-up has removed since they were composed.
 * The clean-up renames what is written; an entry that was being written meanwhile still has the old
 * ids.
 */
export async function renameStale({
  ctx,
  revocationId,
}: {
  ctx: Context;
  revocationId: string;
}): Promise<void> {
  const { audit, certificates } = ctx.store;
  await ctx.store.transaction(async (session) => {
    const revoked = await certificates.revokedByAny([revocationId], session);
    const ids = new Set(revoked.map(({ _id }) => _id));
    for (const entry of await audit.namedByRevocations([revocationId], session)) {
      const renames = new Map<string, string>();
      for (const id of entry.certificates.filter((one) => !ids.has(one))) {
        const removed = removedIds({ ctx, id }).find((one) => ids.has(one));
        if (removed !== undefined) renames.set(id, removed);
      }
      if (renames.size === 0) continue;
      const change = { certificates: renames, entries: new Map<string, string>() };
      await audit.renameCertificates(entry.company_id, change, session);
    }
  });
}
