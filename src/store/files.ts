// GridFS buckets `uploads`, `archives` and `evidence`.
import { Readable, type Writable } from 'node:stream';
import mongoose, { type Connection } from 'mongoose';
import type { Session } from './connection';

/** 1 MiB: fewer round trips than the driver's 255 KiB, far below the limit of a document. */
const CHUNK_BYTES = 1024 * 1024;
const CHUNKS_AT_A_TIME = 2;

/** The last chunk of a file that is being appended to. */
export interface FileEnd {
  /** Bytes before it. */
  start: number;
  /** What it holds; less than a chunk. */
  bytes: Buffer;
}

/** A stored file. */
export interface StoredFile {
  bytes: number;
  stored_at: Date;
}

/**
 * Files in GridFS, written and read as streams, so that any process on any machine can continue
 * with them.
 * @param bucket what its collections are called, before a dot
 */
export function fileStore(connection: Connection, bucket: 'uploads' | 'archives' | 'evidence') {
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
    /**
     * Writes bytes at the end of a file, in a transaction; its last chunk may be written again. The
     * file is complete once `finish` has been called.
     * @param end what the last chunk holds so far, and where it starts
     * @returns the same after these bytes
     */
    append: async (id: string, end: FileEnd, bytes: Buffer, session: Session): Promise<FileEnd> => {
      const written = Buffer.concat([end.bytes, bytes]);
      const first = end.start / CHUNK_BYTES;
      const writes = [];
      for (let at = 0; at < written.length; at += CHUNK_BYTES) {
        const filter = { files_id: id, n: first + at / CHUNK_BYTES };
        const data = new mongoose.mongo.Binary(written.subarray(at, at + CHUNK_BYTES));
        writes.push({ updateOne: { filter, update: { $set: { data } }, upsert: true } });
      }
      if (writes.length > 0) await chunks.bulkWrite(writes, { session });
      const whole = written.length - (written.length % CHUNK_BYTES);
      return { start: end.start + whole, bytes: Buffer.from(written.subarray(whole)) };
    },
    /** Where a file that has `bytes` bytes can be appended to. */
    findEnd: async (id: string, bytes: number): Promise<FileEnd> => {
      const start = bytes - (bytes % CHUNK_BYTES);
      const parts: Buffer[] = [];
      if (bytes > start)
        for await (const part of readChunks(chunks, id, bytes, start)) parts.push(part);
      return { start, bytes: Buffer.concat(parts) };
    },
    /** Completes a file that was appended to, in a transaction; it may be repeated. */
    finish: async (id: string, length: number, at: Date, session: Session): Promise<void> => {
      const head = { length, chunkSize: CHUNK_BYTES, uploadDate: at, filename: id };
      await heads.updateOne({ _id: id as never }, { $set: head }, { upsert: true, session });
    },
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
