import type { Context } from '../../context';
import { AppError } from '../../errors';
import { isUnavailable } from '../../store';
import type { Batch } from '../../store/batches';
import { FileDamaged } from '../../store/files';
import { leaseBatch, LeaseLost } from './lease-batch';
import { auditParts } from './rows/audit-parts';
import type { HeldBatch } from './rows/held-batch';
import { revokeRows, ROWS_AT_A_TIME } from './rows/revoke-rows';
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

/**
 * Processes an uploaded file from where its batch stands: the flags of all rows first, then the
 * audit. It may be repeated, killed at any moment, and run concurrently.
 */
export async function runCsvBatch({
  ctx,
  batchId,
  signal,
  rowsAtATime = ROWS_AT_A_TIME,
}: {
  ctx: Context;
  batchId: string;
  signal: AbortSignal;
  /** The most rows between two checkpoints. */
  rowsAtATime?: number;
}): Promise<RunOutcome> {
  if (!(await isItsTurn({ ctx, batchId }))) return 'postponed';
  const held = await leaseBatch({ ctx, batchId, signal });
  if (!held) return 'already_done';
  try {
    if (hasRowsLeft(held.batch)) {
      if (deaths(held.batch) >= MAX_DEATHS) await fail(ctx, held, 'worker_died_three_times');
      else await revokeOrFail(ctx, held, signal, rowsAtATime);
    }
    if (held.batch.state === 'previewed') {
      // From now on it may be committed: it is no longer ours.
      await held.release();
      await ctx.store.batchRows.forgetClaims(batchId, held.batch.run);
      return 'previewed';
    }
    await auditParts({ ctx, held, signal });
    return await close(ctx, held);
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

/** A cancelled batch may have rows that are recorded and not flagged yet. */
function hasRowsLeft({ state, dry_run }: Batch): boolean {
  return state === 'parsing' || state === 'revoking' || (state === 'cancelled' && !dry_run);
}

/** Workers that ended without a word since the last progress; the present one has started, too. */
function deaths({ starts = 1 }: Batch): number {
  return starts - 1;
}

async function revokeOrFail(
  ctx: Context,
  held: HeldBatch,
  signal: AbortSignal,
  rowsAtATime: number,
): Promise<void> {
  const { batch } = held;
  try {
    if (batch.rows_read === 0) await forgetDryRun(ctx, batch);
    await revokeRows({ ctx, held, signal, rowsAtATime });
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

/** Ends the work on its rows; what is revoked still gets its audit entries. */
async function fail(ctx: Context, held: HeldBatch, code: string): Promise<void> {
  await held.progress({ set: { error: code }, state: 'failed' });
  ctx.log.error({ batch_id: held.batch._id, code }, 'batch failed');
}

/** The claims and errors of a dry run do not count for the real run. */
async function forgetDryRun(ctx: Context, { _id, run }: Batch): Promise<void> {
  if (run === 0) return;
  await ctx.store.batchRows.forgetClaims(_id, run - 1);
  await ctx.store.batchRows.forgetErrors(_id, run - 1);
}

/** What callers are told; driver messages can contain data. */
function failureCode(error: unknown): string {
  if (error instanceof FileDamaged) return 'file_damaged';
  const OUT_OF_DISK_SPACE = 14031;
  if ((error as { code?: unknown } | null)?.code === OUT_OF_DISK_SPACE) return 'no_disk_space';
  return error instanceof AppError ? error.code : 'internal';
}

/** Closes a batch once nothing is left to do. */
async function close(ctx: Context, held: HeldBatch): Promise<RunOutcome> {
  const { _id, run, state, certificates_revoked } = held.batch;
  const now = ctx.now();
  // A failed one may be resumed where it stopped, and needs them then.
  if (state !== 'failed') await ctx.store.batchRows.forgetClaims(_id, run);
  await ctx.reach('batch.closing');
  const batch = await held.progress({
    set: {
      open: false,
      completed_at: now,
      upload_expires_at: expiryAtEnd(held.batch, state, now),
      certificates_recorded: certificates_revoked,
    },
    ...(state === 'recording' && { state: 'completed' as const }),
  });
  // In any other state it has rows left, or is closed.
  return batch.state as RunOutcome;
}
