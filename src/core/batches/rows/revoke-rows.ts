import type { Context } from '../../../context';
import { settled } from '../../../lib/settled';
import type { Session } from '../../../store';
import type { Batch } from '../../../store/batches';
import { readBatch } from '../csv/read-batch';
import { judgeRow, weighRow } from './judge-row';
import type { HeldBatch } from './held-batch';
import { heldTransaction } from './held-transaction';
import { revokeOversizedRow } from './revoke-oversized-row';
import { type LookedUp, lookUpRows } from './look-up-rows';
import { openRows, type OpenedRows } from './open-rows';
import { Rate } from './rate';
import { RememberedRows } from './remember-rows';
import { RowQueue } from './row-queue';
import { FIRST_ROWS, MAX_STEP_BYTES, type RowSteps } from './row-steps';
import { countRevoked, type FlaggedRows, flagRows } from './flag-rows';
import { checkpointRows } from './checkpoint-rows';

/**
 * Processes the file's rows from the last checkpoint to the end: opt-outs remembered, look-up, flags,
 * checkpoint. The transaction that writes the checkpoint of rows also opens the next ones; the rows
 * after these are read, remembered and looked up beside it and beside the flags.
 * @throws LeaseLost; the errors of GridFS when the file is damaged
 */
export async function revokeRows({ ctx, held, signal, rowsAtATime }: RowSteps): Promise<void> {
  const judged = readBatch({
    ctx,
    batch: held.batch,
    judge: (row) => judgeRow({ ctx, row, batch: held.batch }),
  });
  const remembered = new RememberedRows(ctx, held.batch);
  const rows = new RowQueue(remembered.reading(judged), weighRow, MAX_STEP_BYTES);
  const lookUp = async (count: number, more: { atLeast?: number; after?: number } = {}) => {
    const asked = await rows.peek(count, more);
    await remembered.done(asked);
    await ctx.reach('batch.remembered');
    return lookUpRows({ ctx, batch: held.batch, asked });
  };
  const rate = new Rate();
  let ahead: Promise<PromiseSettledResult<LookedUp>> | null = null;
  try {
    const first = Math.min(FIRST_ROWS, rowsAtATime);
    const recorded = await recordedRows(ctx, held.batch);
    let looked = await lookUp(Math.max(first, recorded), { atLeast: Math.max(recorded, 1) });
    for (let flagged: FlaggedRows | null = null; ;) {
      signal.throwIfAborted();
      const count = Math.min(grown(looked), rowsAtATime);
      ahead = canLookPast(looked) ? settled(lookUp(count, { after: looked.rows.length })) : null;
      const next = await checkpointAndOpen(ctx, held, flagged, looked, rate);
      await ctx.reach('batch.checkpointed');
      if (next === null) return;
      if (next === 'outdated') {
        await ahead;
        flagged = null;
        looked = await lookUp(looked.asked.length, { atLeast: looked.asked.length });
        continue;
      }
      flagged = await flagRows({ ctx, opened: next });
      ctx.metrics.revocations.inc({ method: held.batch.method }, countRevoked(flagged));
      const past = await ahead;
      rows.drop(next.rows.length);
      // What a process that died had recorded may be more rows, or fewer, than were looked past.
      const isNext =
        past !== null && (past.status === 'rejected' || next.rows.length === looked.rows.length);
      const following = isNext ? past : await settled(lookUp(count));
      if (following.status === 'rejected') {
        // What is revoked is counted, even if the rest of the file cannot be read.
        await checkpointOnly(ctx, held, flagged, rate);
        throw following.reason;
      }
      looked = following.value;
    }
  } finally {
    // Nothing of it is left under way, whatever ended this.
    await ahead;
    await rows.close();
    await remembered.settle();
  }
}

/**
 * Whether the rows after these can be looked up before these are opened. They see the flags of all
 * rows before these, and are told what these claim; but a row that is too much for a look-up sets
 * flags of its own as it is opened.
 */
function canLookPast({ rows, isOversized }: LookedUp): boolean {
  return rows.length > 0 && !isOversized;
}

/** How many rows to look up next: no more than these if they named too many certificates. */
function grown({ asked, rows }: LookedUp): number {
  return rows.length < asked.length ? rows.length : 2 * asked.length;
}

/** How many rows a process that died had opened together; it may have taken more than we do. */
async function recordedRows(ctx: Context, { _id, rows_read, dry_run }: Batch): Promise<number> {
  if (dry_run) return 0;
  const [part] = await ctx.store.transaction((session) =>
    ctx.store.revocations.findPartsAt(_id, rows_read + 1, session),
  );
  return (part?.rows?.last ?? 0) - rows_read;
}

async function checkpointAndOpen(
  ctx: Context,
  held: HeldBatch,
  flagged: FlaggedRows | null,
  looked: LookedUp,
  rate: Rate,
): Promise<OpenedRows | 'outdated' | null> {
  const atEnd = looked.rows.length === 0;
  const rowsPerSecond = rate.add(flagged?.rows.length ?? 0);
  const work = async (session: Session) => {
    const batch = await checkpointRows({
      ctx,
      held,
      checkpoint: { flagged, rowsPerSecond, atEnd },
      session,
    });
    if (atEnd) return null;
    // A deposed primary may have been asked, which lacks what the one that writes this has.
    if (looked.election !== ctx.store.election()) return 'outdated';
    // Of a cancelled batch only what is already recorded is still revoked.
    const onlyRecorded = batch.state !== 'revoking' && batch.state !== 'parsing';
    if (looked.isOversized) return onlyRecorded ? null : 'oversized';
    const before = { firstRow: batch.rows_read + 1, last: flagged, onlyRecorded };
    return openRows({ ctx, batch, looked, before, session });
  };
  const next = await heldTransaction({ ctx, held, work });
  noteRevoked(ctx, held, flagged);
  return next === 'oversized' ? revokeOversizedRow({ ctx, batch: held.batch, looked }) : next;
}

/** Writes a checkpoint and opens no further rows. */
async function checkpointOnly(
  ctx: Context,
  held: HeldBatch,
  flagged: FlaggedRows,
  rate: Rate,
): Promise<void> {
  const checkpoint = { flagged, rowsPerSecond: rate.add(flagged.rows.length), atEnd: false };
  const work = (session: Session) => checkpointRows({ ctx, held, checkpoint, session });
  await heldTransaction({ ctx, held, work });
  noteRevoked(ctx, held, flagged);
}

/** Once they are checkpointed: rows that are done again after a crash count once. */
function noteRevoked(ctx: Context, { batch }: HeldBatch, flagged: FlaggedRows | null): void {
  const revoked = flagged ? countRevoked(flagged) : 0;
  ctx.activity.countRevoked(batch.company_id, batch.method, revoked);
}
