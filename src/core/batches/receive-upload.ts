import type { Readable } from 'node:stream';
import type { Caller, Context } from '../../context';
import type { Batch } from '../../store/batches';
import { acceptCsv } from './accept-csv';
import type { BatchKind } from './batch-kind';
import { discardUpload } from './discard-upload';
import { type StoredUpload, storeUpload } from './store-upload';

/** A file on its way to becoming a batch. */
export interface IncomingUpload {
  /** Stores the file as it streams in, with the name that it came with; see `storeUpload`. */
  take: (source: Readable, name?: string) => Promise<StoredUpload>;
  /** Makes a batch of the file; see `acceptCsv`. */
  accept: (input: Omit<Parameters<typeof acceptCsv>[0], 'ctx' | 'companyId'>) => Promise<Batch>;
}

/**
 * Receives a file: what `work` takes and does not accept, whether it throws or not, is discarded.
 * @returns what `work` returns
 * @throws what `work` throws
 */
export async function receiveUpload<Result>({
  ctx,
  companyId,
  caller,
  kind,
  work,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  /** Default: `revocations`. */
  kind?: BatchKind | undefined;
  work: (upload: IncomingUpload) => Promise<Result>;
}): Promise<Result> {
  const discardable = new Set<string>();
  try {
    return await work({
      take: async (source, name) => {
        const stored = await storeUpload({ ctx, companyId, caller, source, name, kind });
        discardable.add(stored.batchId);
        return stored;
      },
      accept: async (input) => {
        const batch = await acceptCsv({ ctx, companyId, ...input });
        discardable.delete(batch._id);
        return batch;
      },
    });
  } finally {
    for (const batchId of discardable) await discardUpload({ ctx, batchId });
  }
}
