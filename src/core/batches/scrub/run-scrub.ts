import type { Context } from '../../../context';
import type { Batch } from '../../../store/batches';
import { resultFileId } from '../../../store/batch-scrub';
import { runBatch, type RunOutcome } from '../run-batch';
import { ROWS_AT_A_TIME } from '../rows/row-steps';
import { answerRows } from './answer-rows';
import { previewRows } from './preview-rows';
import { hashResult, recordAnswered } from './record-answered';
import { answeredRows, releaseRows } from './row-money';

/**
 * Previews a scrub, or answers its rows, from where it stands. It may be repeated, killed at any
 * moment, and run concurrently.
 */
export function runScrub({
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
  let resultSha256: string | null = null;
  return runBatch({
    ctx,
    batchId,
    signal,
    work: {
      hasRowsLeft: ({ state }) => state === 'parsing' || state === 'answering',
      rows: (held) =>
        held.batch.dry_run
          ? previewRows({ ctx, held, signal, rowsAtATime })
          : answerRows({ ctx, held, signal, rowsAtATime }),
      previewed: () => Promise.resolve(),
      afterRows: async (held) => {
        resultSha256 = await hashResult({ ctx, held, signal });
      },
      closing: async (batch, session) => {
        const { _id, scrub, upload_expires_at } = batch;
        const bytes = scrub?.result_bytes ?? 0;
        if (bytes > 0) {
          await ctx.store.uploads.finish(resultFileId(_id), bytes, ctx.now(), session);
          await recordAnswered({ ctx, batch, resultSha256, session });
        }
        return {
          ...(await releaseRows({ ctx, batch, session })),
          ...(hasAnswers(batch) && { upload_expires_at }),
        };
      },
    },
  });
}

/** What has been paid for is kept as long as any result. */
function hasAnswers({ scrub }: Batch): boolean {
  return scrub !== undefined && answeredRows(scrub) > 0;
}
