import type { Context } from '../../context';
import { isOpen } from './remove-in-step';

/**
 * The `indexes` step: tombstones that prove no revocation can no longer be found by email or mobile.
 * Nothing is judged again, as what they stand for has already been removed.
 */
export async function removeHashes({
  ctx,
  cleanupId,
}: {
  ctx: Context;
  cleanupId: string;
}): Promise<void> {
  await ctx.store.transaction(async (session) => {
    const { cleanups, certificates } = ctx.store;
    const cleanup = await cleanups.find(cleanupId, session);
    // The certificates first: otherwise this would be done before there is any tombstone.
    if (!cleanup || !isOpen(cleanup, 'indexes') || isOpen(cleanup, 'certificate')) return;
    const { company_id, subject_ids } = cleanup;
    await certificates.removeHashes(company_id, subject_ids, cleanupId, session);
    const result = { cleaned: subject_ids.length, at: ctx.now() };
    await cleanups.finishStep(cleanupId, 'indexes', result, session);
    await ctx.reach('cleanup.indexes.committing');
  });
  await ctx.reach('cleanup.indexes.done');
}
