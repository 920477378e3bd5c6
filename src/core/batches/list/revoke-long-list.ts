import { Readable } from 'node:stream';
import { AppError } from '../../../errors';
import { retryOnDuplicate } from '../../../store';
import type { Batch } from '../../../store/batches';
import { discardUpload } from '../discard-upload';
import { newBatch } from '../new-batch';
import { bulkBatchId } from '../../idempotency/operation-ids';
import type { BulkRequest } from './revoke-in-bulk';
import { type StoredUpload, storeUpload } from '../store-upload';
import { uploadExpiry } from '../upload-expiry';

const LINES_AT_A_TIME = 10_000;

/**
 * Hands a list that is too long for one bulk revocation to a worker. Its method is `bulk`, but it
 * is stored as a file, and processed, followed, cancelled and resumed like one.
 * @param request with a list of any length; under an `operationId` it is done once
 * @returns the queued batch, or how it stands now if the request was made before
 * @throws AppError unavailable when the list cannot be stored
 */
export async function revokeLongList(request: BulkRequest): Promise<Batch> {
  const { ctx, companyId, caller, certificateIds } = request;
  const batchId = bulkBatchId(request);
  const source = Readable.from(asCsv(certificateIds));
  // Nobody's revocation waits for room.
  const stored = await storeUpload({ ctx, companyId, caller, source, isLimited: false });
  try {
    return await accept(request, batchId, stored);
  } finally {
    // Nothing is left to discard unless a concurrent call was faster, or something failed.
    await discardUpload({ ctx, batchId: stored.batchId });
  }
}

function* asCsv(certificateIds: string[]): Generator<Buffer> {
  yield Buffer.from('certificate_id\n');
  for (let from = 0; from < certificateIds.length; from += LINES_AT_A_TIME) {
    // Ids contain nothing that needs quotes.
    yield Buffer.from(`${certificateIds.slice(from, from + LINES_AT_A_TIME).join('\n')}\n`);
  }
}

/** Replaces the file's record with a batch under the request's own id, unless there is one. */
async function accept(
  { ctx, companyId, caller, certificateIds, reason }: BulkRequest,
  batchId: string,
  { batchId: fileId, ...inspected }: StoredUpload,
): Promise<Batch> {
  const { batches, transaction } = ctx.store;
  const at = ctx.now();
  const batch = newBatch({
    _id: batchId,
    company_id: companyId,
    method: 'bulk',
    caller,
    reason: reason ?? null,
    state: 'queued',
    created_at: at,
    requested_at: at,
    rows_total: certificateIds.length,
    position: inspected.data,
    upload: { file_id: fileId, ...inspected },
    upload_expires_at: uploadExpiry({ ctx, from: at }),
  });
  const accepted = await retryOnDuplicate(() =>
    transaction(async (session) => {
      const known = await batches.find(batchId, session);
      if (known) return known;
      // The sweeper has already removed the file.
      if (!(await batches.deleteReceiving(fileId, session))) throw new AppError('unavailable');
      await batches.insert(batch, session);
      return batch;
    }),
  );
  ctx.outbox.recorded('batches', batchId);
  return accepted;
}
