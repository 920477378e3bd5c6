import type { Readable, Writable } from 'node:stream';
import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { MAX_UPLOAD_BYTES, USED_COLUMNS } from '../../store/batches';
import { errorForLog } from '../../telemetry/logger';
import type { BatchKind } from './batch-kind';
import { createInspector, type Inspected } from './csv/inspect';
import { discardUpload } from './discard-upload';
import { fileName } from './file-name';
import { newBatch } from './new-batch';
import { SCRUB_COLUMNS } from './scrub/scrub-columns';
import { refuseWhenFull, requireUploadRoom, storedUploadsExceeded } from './upload-limits';

export { MAX_UPLOAD_BYTES };

const RETRY_AFTER_SECONDS = 5;

/** The columns that are used. */
const COLUMNS = { revocations: USED_COLUMNS, scrubs: SCRUB_COLUMNS };

/** A stored file, and the id of its batch, which is not accepted yet. */
export interface StoredUpload extends Inspected {
  batchId: string;
}

/**
 * Stores a file as it streams in, reading no faster than it can write. The batch's record comes
 * first, so that the sweeper finds what a crash leaves. When it throws, nothing is left behind.
 * @param isLimited false: the company's limits on uploads do not count
 * @throws AppError invalid_request naming `file`, payload_too_large, unavailable when it cannot be
 * stored, open_uploads_exceeded, stored_uploads_exceeded; the source's own error when it breaks off
 */
export async function storeUpload({
  ctx,
  companyId,
  caller,
  source,
  name,
  kind = 'revocations',
  isLimited = true,
  maxBytes = MAX_UPLOAD_BYTES,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  source: Readable;
  /** What the file is called; of a path only the last part is kept. */
  name?: string | undefined;
  /** What is to be done with its rows. */
  kind?: BatchKind | undefined;
  isLimited?: boolean;
  maxBytes?: number;
}): Promise<StoredUpload> {
  // A key of its own: the request's own turn may be held around this one.
  const { batchId, roomBytes } = await ctx.turns.take(`uploads ${companyId}`, () =>
    admit({ ctx, companyId, caller, name, kind, isLimited }),
  );
  await ctx.reach('upload.recorded');
  try {
    return { batchId, ...(await store(ctx, batchId, source, { kind, maxBytes, roomBytes })) };
  } catch (error) {
    await discardUpload({ ctx, batchId });
    throw error;
  }
}

/** Records a batch that receives a file, where the company has room for one more. */
async function admit({
  ctx,
  companyId,
  caller,
  name,
  kind,
  isLimited,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  name: string | undefined;
  kind: BatchKind;
  isLimited: boolean;
}): Promise<{ batchId: string; roomBytes: number }> {
  if (isLimited) await refuseWhenFull({ ctx, companyId });
  const record = newBatch({
    company_id: companyId,
    method: 'csv',
    ...(kind === 'scrubs' && { kind }),
    caller,
    file_name: fileName(name),
    state: 'receiving',
    open: false,
    created_at: ctx.now(),
  });
  const roomBytes = await ctx.store.transaction(async (session) => {
    const room = isLimited ? await requireUploadRoom({ ctx, companyId, session }) : Infinity;
    await ctx.store.batches.insert(record, session);
    return room;
  });
  return { batchId: record._id, roomBytes };
}

async function store(
  ctx: Context,
  fileId: string,
  source: Readable,
  { kind, maxBytes, roomBytes }: { kind: BatchKind; maxBytes: number; roomBytes: number },
): Promise<Inspected> {
  const inspector = createInspector(COLUMNS[kind]);
  const sink = openSink(ctx, fileId);
  let bytes = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new AppError('payload_too_large');
    if (bytes > roomBytes) throw storedUploadsExceeded(ctx.now());
    inspector.push(chunk);
    await sink.done((file, done) => file.write(chunk, done));
  }
  const inspected = inspector.finish();
  await sink.done((file, done) => file.end(done));
  return inspected;
}

/** Writes one chunk at a time, so that none can land after the file has been discarded. */
function openSink(ctx: Context, fileId: string) {
  const file = ctx.store.uploads.write(fileId);
  // Each write reports its own error.
  file.on('error', () => undefined);
  type Step = (file: Writable, done: (error?: Error | null) => void) => void;
  return {
    done: (step: Step): Promise<void> =>
      new Promise((resolve, reject) => {
        step(file, (error) => {
          if (!error) {
            resolve();
            return;
          }
          ctx.log.error({ batch_id: fileId, error: errorForLog(error) }, 'upload not stored');
          reject(new AppError('unavailable', { retryAfterSeconds: RETRY_AFTER_SECONDS }));
        });
      }),
  };
}
