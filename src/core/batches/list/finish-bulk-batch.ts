import type { Context } from '../../../context';
import { handOverEvents, recordEvents } from '../../webhooks/record-events';
import { batchEvents } from '../batch-event';
import { finishRevocation } from '../../revocations/finish-revocation';
import type { Batch } from '../../../store/batches';
import { partId } from '../../../store/revocations';
import { BULK_FIRST_ROW, flagBulkBatch } from './flag-bulk-batch';

/** `gone`: there is no such batch. `already_done`: nothing was left to do. */
export type BulkFinished = 'completed' | 'cancelled' | 'already_done' | 'gone';

/**
 * Finishes a bulk revocation: flags if they are not all set yet, counts, audit, `completed`. It may
 * be repeated, interrupted and run concurrently.
 */
export async function finishBulkBatch({
  ctx,
  batchId,
}: {
  ctx: Context;
  batchId: string;
}): Promise<BulkFinished> {
  const batch = await ctx.store.batches.find(batchId);
  if (!batch) return 'gone';
  if (!batch.open) return 'already_done';
  const flagged = await flagBulkBatch({ ctx, batch });
  await finishRevocation({ ctx, revocationId: partId(batchId, BULK_FIRST_ROW, 0) });
  await ctx.reach('bulk.audited');
  return close(ctx, flagged);
}

async function close(ctx: Context, batch: Batch): Promise<BulkFinished> {
  const { store } = ctx;
  const now = ctx.now();
  const done = {
    open: false,
    completed_at: now,
    certificates_recorded: batch.certificates_revoked,
  };
  const eventIds = await store.transaction(async (session) => {
    const change = { ...done, state: 'completed' as const };
    const completed = await store.batches.move(batch._id, ['recording'], change, session);
    if (!completed) return null;
    return recordEvents({ ctx, session, told: batchEvents(completed, now) });
  });
  if (eventIds) {
    handOverEvents({ ctx, ids: eventIds });
    return 'completed';
  }
  const cancelled = await store.batches.move(batch._id, ['cancelled'], done);
  return cancelled ? 'cancelled' : 'already_done';
}
