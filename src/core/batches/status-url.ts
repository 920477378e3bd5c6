import type { Context } from '../../context';

/** Where a batch can be followed: a URL when the service knows its public address, else a path. */
export function batchStatusUrl({
  ctx,
  batchId,
}: {
  ctx: Pick<Context, 'config'>;
  batchId: string;
}): string {
  const { config } = ctx;
  return `${config.publicUrl ?? ''}/revocations/batches/${batchId}`;
}
