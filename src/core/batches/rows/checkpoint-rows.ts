import type { Context } from '../../../context';
import { distinct } from '../../../lib/distinct';
import type { Session } from '../../../store';
import type { Batch } from '../../../store/batches';
import type { HeldBatch } from './held-batch';
import { tally, type Tally } from './match-rows';
import type { FlaggedRows } from './flag-rows';

/** What a checkpoint says of the rows before it. */
export interface Checkpoint {
  flagged: FlaggedRows | null;
  rowsPerSecond: number;
  /** The file has no more rows. */
  atEnd: boolean;
}

/**
 * Writes a checkpoint: counts, errors, claims and the place in the file, all of it or nothing, and
 * only while the batch is held.
 * @throws LeaseLost
 */
export async function checkpointRows({
  ctx,
  held,
  checkpoint,
  session,
}: {
  ctx: Context;
  held: HeldBatch;
  checkpoint: Checkpoint;
  session: Session;
}): Promise<Batch> {
  const { flagged, rowsPerSecond, atEnd } = checkpoint;
  const { dry_run, rows_read } = held.batch;
  const read = rows_read + (flagged?.rows.length ?? 0);
  const ended: Partial<Batch> = {
    rows_total: read,
    ...(!dry_run && { flags_committed_at: ctx.now() }),
  };
  const counted = flagged && count(held.batch, flagged);
  const batch = await held.progress(
    {
      add: counted ? { ...counted.counts, ...added(held.batch, flagged, counted) } : {},
      set: {
        ...(counted && { failures: 0, starts: 1, position: flagged.rows.at(-1)?.end ?? null }),
        ...(counted && { rows_per_second: rowsPerSecond }),
        ...(atEnd && ended),
      },
      state: atEnd ? (dry_run ? 'previewed' : 'recording') : dry_run ? 'parsing' : 'revoking',
    },
    session,
  );
  if (counted) await remember(ctx, batch, flagged, counted, session);
  // One that was cancelled in the meantime is closed like any other.
  return batch.state === 'previewed' ? held.progress({ set: { open: false } }, session) : batch;
}

type Counted = Tally & { certificates: number };

function count(batch: Batch, { rows, matched, revokedIds, oversized }: FlaggedRows): Counted {
  const revokedByOversized = oversized?.revoked ?? 0;
  if (!batch.dry_run) {
    return {
      ...tally(rows, matched, revokedIds),
      certificates: revokedIds.size + revokedByOversized,
    };
  }
  const claimed = matched.flatMap((match) => (match.outcome === null ? match.claims : []));
  const free = claimed.filter(({ opt_out }) => !opt_out.revoke).map(({ _id }) => _id);
  const { counts, errors } = tally(rows, matched, new Set(free));
  // No certificate is revoked, so later rows recognize repetitions by claims alone.
  return {
    counts,
    errors,
    claims: claimed.map(({ _id }) => _id),
    certificates: free.length + revokedByOversized,
  };
}

function added({ dry_run }: Batch, { rows }: FlaggedRows, { certificates }: Counted) {
  const active_rows = rows.filter(({ active }) => active).length;
  const named = dry_run ? [] : rows.filter(({ remembered }) => remembered.length > 0);
  return {
    rows_read: rows.length,
    active_rows,
    remembered: named.length,
    certificates_revoked: certificates,
  };
}

async function remember(
  ctx: Context,
  { _id: batchId, run }: Batch,
  { firstRow, revokedByPart, oversized }: FlaggedRows,
  { errors, claims }: Counted,
  session: Session,
): Promise<void> {
  const { batchRows, revocations } = ctx.store;
  await revocations.markFlagged(revokedByPart, ctx.now(), session);
  await batchRows.addErrors({ batchId, run, firstRow }, errors, session);
  const claimed = distinct([...claims, ...(oversized?.keys ?? [])]);
  await batchRows.claim({ batchId, run, row: firstRow }, claimed, session);
}
