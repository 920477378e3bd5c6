import type { Context } from '../../context';
import { AppError } from '../../errors';
import { isUnavailable } from '../../store';
import type { Batch } from '../../store/batches';
import { FileDamaged } from '../../store/files';
import { type HeldBatch, leaseBatch, LeaseLost } from './lease-batch';
import { auditParts } from './rows/audit-parts';
import { revokeRows, ROWS_AT_A_TIME } from './rows/revoke-rows';

/** So many attempts in a row without any progress make a batch fail. */
const MAX_FAILURES = 5;

/** `taken_over`: another worker has it now. `already_done`: there was nothing left to do. */
export type RunOutcome =
  'completed' | 'previewed' | 'cancelled' | 'failed' | 'taken_over' | 'already_done';

/**
 * Works an uploaded file off from where its batch stands: the flags of all rows first, then the
 * audit. May be repeated, killed at any moment, and run twice at once.
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
  /** Most rows between two checkpoints. */
  rowsAtATime?: number;
}): Promise<RunOutcome> {
  const held = await leaseBatch({ ctx, batchId, signal });
  if (!held) return 'already_done';
  try {
    if (held.batch.state === 'parsing' || held.batch.state === 'revoking') {
      await revokeOrFail(ctx, held, signal, rowsAtATime);
    } else if (held.batch.state === 'cancelled' && !held.batch.dry_run) {
      await revokeOrFail(ctx, held, signal, rowsAtATime);
    }
    // Somebody may commit it from now on: it is no longer ours.
    if (held.batch.state === 'previewed') return 'previewed';
    await auditParts({ ctx, held, signal });
    return await close(ctx, held);
  } catch (error) {
    if (error instanceof LeaseLost) return 'taken_over';
    throw error;
  } finally {
    await held.release().catch(() => {
      ctx.log.warn({ batch_id: batchId }, 'lease not given back; it runs out by itself');
    });
  }
}

async function revokeOrFail(
  ctx: Context,
  held: HeldBatch,
  signal: AbortSignal,
  rowsAtATime: number,
): Promise<void> {
  const { batch } = held;
  try {
    if (batch.rows_read === 0) await forgetRunBefore(ctx, batch);
    await revokeRows({ ctx, held, signal, rowsAtATime });
  } catch (error) {
    if (error instanceof LeaseLost || signal.aborted || isUnavailable(error)) throw error;
    const code = failureCode(error);
    const final = code === 'file_damaged' || held.batch.failures + 1 >= MAX_FAILURES;
    await held.progress(
      final ? { set: { error: code }, state: 'failed' } : { add: { failures: 1 } },
    );
    // What is revoked gets into the audit all the same.
    if (!final) throw error;
    ctx.log.error({ batch_id: batch._id, code }, 'batch failed');
  }
}

/** A dry run's claims and errors are not those of the run for real. */
async function forgetRunBefore(ctx: Context, { _id, run }: Batch): Promise<void> {
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

/** Nothing is left to be done. */
async function close(ctx: Context, held: HeldBatch): Promise<RunOutcome> {
  const { _id, run, state, certificates_revoked } = held.batch;
  // A failed one may be taken up again where it stopped.
  if (state !== 'failed') await ctx.store.batchRows.forgetClaims(_id, run);
  await ctx.reach('batch.closing');
  const batch = await held.progress({
    set: {
      open: false,
      completed_at: new Date(),
      certificates_recorded: certificates_revoked,
    },
    ...(state === 'recording' && { state: 'completed' as const }),
  });
  return batch.state as RunOutcome;
}
