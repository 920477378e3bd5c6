import { pause } from '../../lib/pause';
import type { Batch } from '../../store/batches';
import { batchView, type BatchView, isFinished } from './batch-view';
import { type BatchRef, requireBatch } from './require-batch';

/** A little less than the second that callers are promised. */
const EVERY_MS = 900;

/** A batch at one moment. */
export interface BatchMoment {
  /** Unchanged as long as nothing has happened. */
  id: string;
  view: BatchView;
  /** It is processed from a stored file, so it can be cancelled and resumed. */
  hasFile: boolean;
  /** No other moment follows. */
  last: boolean;
}

/**
 * How a batch of a company stands.
 * @throws AppError batch_not_found
 */
export async function lookAtBatch(ref: BatchRef): Promise<BatchMoment> {
  const batch = await requireBatch(ref);
  return {
    id: momentId(batch),
    view: batchView(batch, ref.ctx.now()),
    hasFile: batch.upload !== null,
    last: isFinished(batch),
  };
}

/**
 * Follows a batch from a moment on, every second until it has ended or `signal` is aborted.
 * @throws AppError batch_not_found when it has been removed
 */
export async function* followBatch(
  ref: BatchRef,
  from: BatchMoment,
  signal: AbortSignal,
): AsyncGenerator<BatchMoment, void> {
  for (let moment = from; ; moment = await lookAtBatch(ref)) {
    yield moment;
    if (!moment.last) await pause(EVERY_MS, signal);
    if (moment.last || signal.aborted) return;
  }
}

function momentId({ run, state, open, rows_read, certificates_recorded }: Batch): string {
  return [run, state, open ? 'open' : 'end', rows_read, certificates_recorded].join('-');
}
