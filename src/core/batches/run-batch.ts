import type { Context } from '../../context';
import { AppError } from '../../errors';
import { isUnavailable, type Session } from '../../store';
import type { Batch } from '../../store/batches';
import { handOverEvents, recordEvents } from '../webhooks/record-events';
import { batchEvents } from './batch-event';
import { FileDamaged } from '../../store/files';
import { leaseBatch, LeaseLost } from './lease-batch';
import type { HeldBatch } from './rows/held-batch';
import { heldTransaction } from './rows/held-transaction';
import { giveTurn, isItsTurn } from './turns';
import { expiryAtEnd } from './upload-expiry';

/** A batch fails after this many attempts in a row without progress. */
const MAX_FAILURES = 5;
/** A file that ends its worker's process this often at the same place would end every other, too. */
const MAX_DEATHS = 3;

/**
 * `taken_over`: another worker has it now. `already_done`: nothing was left to do. `postponed`: its
 * company has as many files running as it may have; it is enqueued again when one of them ends.
 */
export type RunOutcome =
  'completed' | 'previewed' | 'cancelled' | 'failed' | 'taken_over' | 'already_done' | 'postponed';

/** What is done with the rows of a file. Each part may be repeated after a crash. */
export interface BatchWork {
  hasRowsLeft: (batch: Batch) => boolean;
  /** Processes the rows from the last checkpoint to the end, and says so in the state. */
  rows: (held: HeldBatch) => Promise<void>;
  /** Tidies up after a dry run, which others may have committed by now. */
  previewed: (batch: Batch) => Promise<void>;
  /** What is left to do once no rows are, before the batch is closed. */
  afterRows: (held: HeldBatch) => Promise<void>;
  /** What else changes in a batch as it is closed, in the same transaction. */
  closing: (batch: Batch, session: Session) => Partial<Batch> | Promise<Partial<Batch>>;
}

/**
 * Works on a stored file from where its batch stands, under its lease and in its company's turn. It may
 * be repeated, killed at any moment, and run concurrently.
 */
export async function runBatch({
  ctx,
  batchId,
  signal,
  work,
}: {
  ctx: Context;
  batchId: string;
  signal: AbortSignal;
  work: BatchWork;
}): Promise<RunOutcome> {
  if (!(await isItsTurn({ ctx, batchId }))) return 'postponed';
  const held = await leaseBatch({ ctx, batchId, signal });
  if (!held) return 'already_done';
  try {
    if (work.hasRowsLeft(held.batch)) {
      if (isDeadly(held.batch)) await fail(ctx, held, 'worker_died_three_times');
      else await processOrFail(ctx, held, signal, work);
    }
    if (held.batch.state === 'previewed') {
      // From now on it may be committed: it is no longer ours.
      await held.release();
      await work.previewed(held.batch);
      return 'previewed';
    }
    await work.afterRows(held);
    return await close(ctx, held, work);
  } catch (error) {
    if (error instanceof LeaseLost) return 'taken_over';
    throw error;
  } finally {
    await held.release().catch(() => {
      ctx.log.warn({ batch_id: batchId }, 'lease not released; it will run out');
    });
    await giveTurn({ ctx, companyId: held.batch.company_id });
  }
}

/**
 * Whether three workers have ended without a word since its last progress, the present one not counted:
 * its file is not read any more.
 */
export function isDeadly({ starts = 1 }: Batch): boolean {
  return starts - 1 >= MAX_DEATHS;
}

async function processOrFail(
  ctx: Context,
  held: HeldBatch,
  signal: AbortSignal,
  work: BatchWork,
): Promise<void> {
  try {
    await work.rows(held);
  } catch (error) {
    if (error instanceof LeaseLost || signal.aborted || isUnavailable(error)) throw error;
    const code = failureCode(error);
    const final = code === 'file_damaged' || held.batch.failures + 1 >= MAX_FAILURES;
    if (!final) {
      await held.progress({ add: { failures: 1 } });
      throw error;
    }
    await fail(ctx, held, code);
  }
}

/** Ends the work on its rows; what has been done with them stays. */
async function fail(ctx: Context, held: HeldBatch, code: string): Promise<void> {
  await held.progress({ set: { error: code }, state: 'failed' });
  ctx.log.error({ batch_id: held.batch._id, code }, 'batch failed');
}

/** What callers are told; driver messages can contain data. */
function failureCode(error: unknown): string {
  if (error instanceof FileDamaged) return 'file_damaged';
  const OUT_OF_DISK_SPACE = 14031;
  if ((error as { code?: unknown } | null)?.code === OUT_OF_DISK_SPACE) return 'no_disk_space';
  return error instanceof AppError ? error.code : 'internal';
}

/** Closes a batch once nothing is left to do. */
async function close(ctx: Context, held: HeldBatch, work: BatchWork): Promise<RunOutcome> {
  await ctx.reach('batch.closing');
  let eventIds: string[] = [];
  const batch = await heldTransaction({
    ctx,
    held,
    work: async (session) => {
      const { state } = held.batch;
      const now = ctx.now();
      const set = {
        open: false,
        completed_at: now,
        upload_expires_at: expiryAtEnd(held.batch, state, now),
        ...(await work.closing(held.batch, session)),
      };
      const next = state === 'recording' && { state: 'completed' as const };
      const closed = await held.progress({ set, ...next }, session);
      eventIds = await recordEvents({ ctx, session, told: batchEvents(closed, now) });
      return closed;
    },
  });
  handOverEvents({ ctx, ids: eventIds });
  // In any other state it has rows left, or is closed.
  return batch.state as RunOutcome;
}
