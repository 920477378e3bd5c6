import { pause } from '../../lib/pause';
import type { Batch } from '../../store/batches';
import { batchView, type BatchView, isFinished } from './batch-view';
import { type BatchRef, requireBatch } from './require-batch';

/** A little less than the second that callers are promised. */
const EVERY_MS = 900;

/** A batch at one moment, as its kind is seen. */
export interface BatchMoment<View = BatchView> {
  /** Unchanged as long as nothing has happened. */
  id: string;
  view: View;
  /** It is processed from a stored file, so it can be cancelled and resumed. */
  hasFile: boolean;
  /** No other moment follows. */
  last: boolean;
}

/**
 * How a batch of a company that revokes stands.
 * @throws AppError batch_not_found
 */
export function lookAtBatch(ref: BatchRef): Promise<BatchMoment> {
  return lookAt(ref, batchView);
}

/**
 * How a batch of a company stands.
 * @param viewOf what callers see of its kind
 * @throws AppError batch_not_found, or scrub_not_found
 */
export async function lookAt<View>(
  ref: BatchRef,
  viewOf: (batch: Batch, now: Date) => View,
): Promise<BatchMoment<View>> {
  const batch = await requireBatch(ref);
  return {
    id: momentId(batch),
    view: viewOf(batch, ref.ctx.now()),
    hasFile: batch.upload !== null,
    last: isFinished(batch),
  };
}

/**
 * Follows a batch from a moment on, every second until it has ended or `signal` is aborted.
 * @param look how it stands now
 * @throws what `look` throws, when it has been removed
 */
export async function* followBatch<View>(
  look: () => Promise<BatchMoment<View>>,
  from: BatchMoment<View>,
  signal: AbortSignal,
): AsyncGenerator<BatchMoment<View>, void> {
  for (let moment = from; ; moment = await look()) {
    yield moment;
    if (!moment.last) await pause(EVERY_MS, signal);
    if (moment.last || signal.aborted) return;
  }
}

function momentId({ run, state, open, rows_read, certificates_recorded }: Batch): string {
  return [run, state, open ? 'open' : 'end', rows_read, certificates_recorded].join('-');
}
