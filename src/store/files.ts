// GridFS buckets `uploads` and `archives`.
import { Readable, type Writable } from 'node:stream';
import mongoose, { type Connection } from 'mongoose';

/** 1 MiB: fewer round trips than the driver's 255 KiB, far below the limit of a document. */
const CHUNK_BYTES = 1024 * 1024;
const CHUNKS_AT_A_TIME = 2;

/** A stored file. */
export interface StoredFile {
  bytes: number;
  stored_at: Date;
}

/**
 * Files in GridFS, written and read as streams, so that any process on any machine can continue
 * with them.
 * @param bucket `uploads` or `archives`
 */
export function fileStore(connection: Connection, bucket: 'uploads' | 'archives') {
  const { db } = connection;
  if (!db) throw new Error('not connected');
  const files = new mongoose.mongo.GridFSBucket(db, {
    bucketName: bucket,
    chunkSizeBytes: CHUNK_BYTES,
    writeConcern: { w: 'majority', journal: true },
  });
  const chunks = db.collection(`${bucket}.chunks`);
  const heads = db.collection(`${bucket}.files`);
  return {
    /** A stream to write a file to; the file exists once the stream has finished. */
    write: (id: string): Writable & { abort: () => Promise<void> } =>
      files.openUploadStreamWithId(id as never, id),
    /**
     * The bytes of a file that has `bytes` of them, from `start` on. A few chunks are fetched at a
     * time: the driver's own stream takes 16 MB at once, whatever the reader needs.
     * @throws FileDamaged when a chunk is missing
     */
    read: (id: string, bytes: number, start = 0): Readable =>
      Readable.from(readChunks(chunks, id, bytes, start)),
    find: async (id: string): Promise<StoredFile | null> => {
      const head = await heads.findOne({ _id: id as never });
      return head && { bytes: head.length as number, stored_at: head.uploadDate as Date };
    },
    /** Removes a file, even one that was never completed. */
    delete: async (id: string): Promise<void> => {
      await heads.deleteOne({ _id: id as never });
      await chunks.deleteMany({ files_id: id });
    },
  };
}

/** A stored file is incomplete or gone; retrying does not help. */
export class FileDamaged extends Error {}

interface Chunk {
  n: number;
  data: { buffer: Buffer };
}

async function* readChunks(
  chunks: ReturnType<NonNullable<Connection['db']>['collection']>,
  id: string,
  bytes: number,
  start: number,
): AsyncGenerator<Buffer> {
  const first = Math.floor(start / CHUNK_BYTES);
  const found = chunks
    .find<Chunk>({ files_id: id, n: { $gte: first } }, { promoteBuffers: false })
    .sort({ n: 1 })
    .batchSize(CHUNKS_AT_A_TIME);
  let at = first * CHUNK_BYTES;
  for await (const { n, data } of found) {
    if (n * CHUNK_BYTES !== at) break;
    const part = data.buffer.subarray(Math.max(0, start - at), Math.max(0, bytes - at));
    at += data.buffer.length;
    if (part.length > 0) yield part;
  }
  if (at < bytes) throw new FileDamaged();
}
