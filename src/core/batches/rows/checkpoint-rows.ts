import type { Context } from '../../../context';
import type { Session } from '../../../store';
import type { Batch } from '../../../store/batches';
import type { HeldBatch } from './held-batch';
import { isFullyOptedOut } from '../../revocations/channels';
import { type Claim, isByChannel, toRowClaim } from './claims';
import { countRevoked, type FlaggedRows } from './flag-rows';
import { type JudgedRow, namesAnything } from './judge-row';
import { isListenedTo } from '../../webhooks/listening';
import { recordEvents } from '../../webhooks/record-events';
import { revokedEvents } from '../../webhooks/revocation-events';
import { tally, type Tally } from './match-rows';

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
  if (counted) {
    await tellOfParts(ctx, flagged, session);
    await remember(ctx, batch, flagged, counted, session);
  }
  // One that was cancelled in the meantime is closed like any other.
  return batch.state === 'previewed' ? held.progress({ set: { open: false } }, session) : batch;
}

type Counted = Tally & { certificates: number };

function count(batch: Batch, flagged: FlaggedRows): Counted {
  const { rows, matched, isRevoked, oversized } = flagged;
  const revokedByOversized = oversized?.revoked ?? 0;
  if (!batch.dry_run) {
    return {
      ...tally(rows, matched, isRevoked),
      certificates: countRevoked(flagged) + revokedByOversized,
    };
  }
  const claimed = matched.flatMap((match) => (match.outcome === null ? match.claims : []));
  const isFree = ({ certificate, channels }: Claim): boolean =>
    !isFullyOptedOut(certificate.opt_out, channels);
  const { counts, errors } = tally(rows, matched, isFree);
  // No certificate is revoked, so later rows recognize repetitions by claims alone.
  return {
    counts,
    errors,
    claims: claimed.map(toRowClaim),
    certificates: claimed.filter(isFree).length + revokedByOversized,
  };
}

function added(batch: Batch, { rows }: FlaggedRows, { certificates }: Counted) {
  const { dry_run } = batch;
  const active_rows = rows.filter(({ active }) => active).length;
  const named = dry_run ? [] : rows.filter(({ remembered }) => remembered.length > 0);
  return {
    rows_read: rows.length,
    active_rows,
    ...(isByChannel(batch) && channelCounts(rows)),
    remembered: named.length,
    certificates_revoked: certificates,
  };
}

function channelCounts(rows: JudgedRow[]) {
  const usable = rows.filter(namesAnything);
  return {
    partial_rows: usable.filter(({ channels }) => channels !== undefined).length,
    unread_channels: usable.filter(({ unread_channels }) => unread_channels).length,
  };
}

/** Tells of what has been revoked, unless whoever set flags that were missing has done so. */
async function tellOfParts(
  ctx: Context,
  { parts, revokedByPart }: FlaggedRows,
  session: Session,
): Promise<void> {
  const [first] = parts;
  if (!first || !(await isListenedTo({ ctx, companyId: first.company_id }))) return;
  const ids = parts.map(({ _id }) => _id);
  const untold = await ctx.store.revocations.stillRecorded(ids, session);
  const idsOf = new Map(revokedByPart.map((part) => [part.id, part.ids]));
  const told = parts
    .filter(({ _id }) => untold.has(_id))
    .flatMap((part) => revokedEvents(part, idsOf.get(part._id) ?? [], ctx.now()));
  // Handed over by the reconciler, within seconds: a file goes on for longer.
  await recordEvents({ ctx, session, told });
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
  const claimed = [...claims, ...(oversized?.claims ?? [])];
  await batchRows.claim({ batchId, run, row: firstRow }, claimed, session);
}
