import type { Context } from '../../../context';
import { AppError } from '../../../errors';
import { flagCertificates } from '../../revocations/flag-revocation';
import type { Session } from '../../../store';
import type { RowError } from '../../../store/batch-rows';
import type { Batch } from '../../../store/batches';
import type { Revocation } from '../../../store/revocations';

/** The list of a bulk revocation is one part, which starts at its first row. */
export const BULK_FIRST_ROW = 1;

/** An id of the list that was not revoked; its line is its place in the list, from 1. */
export function listError(line: number, value: string, reason: string): RowError {
  return { line, column: 'certificate_id', value, reason };
}

/**
 * Sets the flags of a recorded bulk revocation on a majority, then counts what it revoked. It may
 * be repeated, interrupted and run concurrently.
 * @returns the batch with its final counts
 */
export async function flagBulkBatch({
  ctx,
  batch,
}: {
  ctx: Context;
  batch: Batch;
}): Promise<Batch> {
  if (batch.flags_committed_at) return batch;
  const part = await findPart(ctx, batch);
  const { revokedIds } = await flagCertificates({ ctx, revocation: part });
  await ctx.reach('bulk.flagged');
  const alreadyRevoked = await findAlreadyRevoked(ctx, batch, part, new Set(revokedIds));
  return ctx.store.transaction((session) =>
    recordFlagged(ctx, batch._id, revokedIds.length, alreadyRevoked, session),
  );
}

/** In a transaction: its snapshot has what this process wrote, even after a change of primary. */
async function findPart(ctx: Context, { _id }: Batch): Promise<Revocation> {
  const [part] = await ctx.store.transaction((session) =>
    ctx.store.revocations.findPartsAt(_id, BULK_FIRST_ROW, session),
  );
  if (!part) throw new AppError('internal');
  return part;
}

/** What other requests revoked in the meantime, each with its place in the list. */
async function findAlreadyRevoked(
  ctx: Context,
  batch: Batch,
  { certificate_ids }: Revocation,
  revokedIds: ReadonlySet<string>,
): Promise<RowError[]> {
  if (revokedIds.size === certificate_ids.length) return [];
  const places = await placesWithoutError(ctx, batch);
  // The part has the ids of these places, in the same order.
  return certificate_ids.flatMap((id, i) =>
    revokedIds.has(id) ? [] : [listError(places[i] ?? 0, id, 'already_revoked')],
  );
}

/** Places of the list that have no line in the errors yet. */
async function placesWithoutError(
  ctx: Context,
  { _id, run, rows_total }: Batch,
): Promise<number[]> {
  const listed = new Set<number>();
  for await (const { lines } of ctx.store.batchRows.errorPages(_id, run)) {
    for (const { line } of lines) listed.add(line);
  }
  const places = Array.from({ length: rows_total ?? 0 }, (_, i) => BULK_FIRST_ROW + i);
  return places.filter((place) => !listed.has(place));
}

async function recordFlagged(
  { store, now }: Context,
  batchId: string,
  revoked: number,
  alreadyRevoked: RowError[],
  session: Session,
): Promise<Batch> {
  const batch = await store.batches.find(batchId, session);
  if (!batch) throw new AppError('internal');
  if (batch.flags_committed_at) return batch;
  const total = batch.rows_total ?? 0;
  const scope = { batchId, run: batch.run, firstRow: BULK_FIRST_ROW };
  if (alreadyRevoked.length > 0) await store.batchRows.mergeErrors(scope, alreadyRevoked, session);
  const counts = {
    revoked,
    already_revoked: batch.already_revoked + alreadyRevoked.length,
    rows_read: total,
    certificates_revoked: revoked,
    flags_committed_at: now(),
  };
  // A cancelled batch stays cancelled, though what it had recorded is revoked.
  const moved = batch.state === 'revoking' ? { state: 'recording' as const } : {};
  const flagged = await store.batches.move(
    batchId,
    [batch.state],
    { ...counts, ...moved },
    session,
  );
  if (!flagged) throw new AppError('internal');
  return flagged;
}
