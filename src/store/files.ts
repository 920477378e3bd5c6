import { Readable, type Writable } from 'node:stream';
import mongoose, { type Connection } from 'mongoose';

/** 1 MiB: fewer round trips than the driver's 255 KiB, far below the limit of a document. */
const CHUNK_BYTES = 1024 * 1024;

/** A stored file. */
export interface StoredFile {
  bytes: number;
  stored_at: Date;
}

/**
 * Files in GridFS, written and read as streams, so that any process on any machine can go on with
 * them.
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
    /** A stream to write a file to; it is there once the stream has finished. */
    write: (id: string): Writable & { abort: () => Promise<void> } =>
      files.openUploadStreamWithId(id as never, id),
    /** The bytes of a file that has `bytes` of them, from `start` on. */
    read: (id: string, bytes: number, start = 0): Readable =>
      start < bytes
        ? files.openDownloadStream(id as never, { start, end: bytes })
        : Readable.from([]),
    find: async (id: string): Promise<StoredFile | null> => {
      const head = await heads.findOne({ _id: id as never });
      return head && { bytes: head.length as number, stored_at: head.uploadDate as Date };
    },
    /** Removes a file, and what there is of one that never got complete. */
    delete: async (id: string): Promise<void> => {
      await heads.deleteOne({ _id: id as never });
      await chunks.deleteMany({ files_id: id });
    },
  };
}

/** True when a stored file is incomplete or gone: asking again does not help. */
export function isFileDamaged(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, message } = error;
  return (
    name.startsWith('MongoGridFS') ||
    (name === 'MongoRuntimeError' && message.startsWith('FileNotFound'))
  );
}
