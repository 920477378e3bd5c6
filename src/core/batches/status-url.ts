import type { Context } from '../../context';

import type { BatchKind } from './batch-kind';

const PATHS: Record<BatchKind, string> = {
  revocations: '/revocations/batches',
  scrubs: '/contact/scrubs',
};

/** Where a batch can be followed: a URL when the service knows its public address, else a path. */
export function batchStatusUrl({
  ctx,
  batchId,
  kind = 'revocations',
}: {
  ctx: Pick<Context, 'config'>;
  batchId: string;
  kind?: BatchKind;
}): string {
  const { config } = ctx;
  return `${config.publicUrl ?? ''}${PATHS[kind]}/${batchId}`;
}
