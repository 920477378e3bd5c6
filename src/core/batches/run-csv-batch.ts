import type { Context } from '../../context';
import type { Batch } from '../../store/batches';
import { auditParts } from './rows/audit-parts';
import { countRememberedAhead } from './rows/count-remembered-ahead';
import { recordRemembered } from './rows/record-remembered';
import { revokeRows } from './rows/revoke-rows';
import { ROWS_AT_A_TIME } from './rows/row-steps';
import { isDeadly, runBatch, type RunOutcome } from './run-batch';

/**
 * Processes an uploaded file from where its batch stands: the flags of all rows first, then the
 * audit. It may be repeated, killed at any moment, and run concurrently.
 */
export function runCsvBatch({
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
  const { batchRows } = ctx.store;
  return runBatch({
    ctx,
    batchId,
    signal,
    work: {
      hasRowsLeft,
      rows: async (held) => {
        if (held.batch.rows_read === 0) await forgetDryRun(ctx, held.batch);
        await revokeRows({ ctx, held, signal, rowsAtATime });
      },
      previewed: ({ _id, run }) => batchRows.forgetClaims(_id, run),
      afterRows: async (held) => {
        await auditParts({ ctx, held, signal });
        const { _id, run, state } = held.batch;
        // A failed one may be resumed where it stopped, and needs them then.
        if (state !== 'failed') await batchRows.forgetClaims(_id, run);
      },
      closing: async (batch, session) => {
        const ahead = isDeadly(batch) ? 0 : await countRememberedAhead({ ctx, batch });
        const remembered = (batch.remembered ?? 0) + ahead;
        await recordRemembered({ ctx, batch: { ...batch, remembered }, session });
        return { certificates_recorded: batch.certificates_revoked, remembered };
      },
    },
  });
}

/** A cancelled batch may have rows that are recorded and not flagged yet. */
function hasRowsLeft({ state, dry_run }: Batch): boolean {
  return state === 'parsing' || state === 'revoking' || (state === 'cancelled' && !dry_run);
}

/** The claims and errors of a dry run do not count for the real run. */
async function forgetDryRun(ctx: Context, { _id, run }: Batch): Promise<void> {
  if (run === 0) return;
  await ctx.store.batchRows.forgetClaims(_id, run - 1);
  await ctx.store.batchRows.forgetErrors(_id, run - 1);
}
