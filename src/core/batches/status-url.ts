import type { Context } from '../../context';

/** Where a batch is followed: a link when the service knows its public address, else a path. */
export function batchStatusUrl({ config }: Pick<Context, 'config'>, batchId: string): string {
  return `${config.publicUrl ?? ''}/revocations/batches/${batchId}`;
}
