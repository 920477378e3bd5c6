import type { ErrorCode } from '../../errors';
import type { BatchKind } from '../../store/batch-kinds';
import type { Batch } from '../../store/batches';

export type { BatchKind };

/** The kind of a batch. */
export function kindOf({ kind }: Pick<Batch, 'kind'>): BatchKind {
  return kind ?? 'revocations';
}

/** What the refusals of each kind are called. */
export const REFUSALS = {
  revocations: {
    notFound: 'batch_not_found',
    notPreviewed: 'batch_not_previewed',
    notFailed: 'batch_not_failed',
    finished: 'batch_finished',
  },
  scrubs: {
    notFound: 'scrub_not_found',
    notPreviewed: 'scrub_not_previewed',
    notFailed: 'scrub_not_failed',
    finished: 'scrub_finished',
  },
} as const satisfies Record<BatchKind, Record<string, ErrorCode>>;
