import type { Context } from '../../src/context';
import { isDuplicate } from '../../src/store';
import { collections, database, inOneTransaction } from '../services/collections';
import { COMPANY_ID, type Past, PAST_COLLECTIONS, type PastFile } from './past';

const CHUNK_BYTES = 1024 * 1024;

/**
 * Writes all of it in one transaction, the company first: of two machines that start at once one writes, and
 * nobody ever sees half of it.
 * @returns false when the company was there
 */
export async function writePast({ ctx, past }: { ctx: Context; past: Past }): Promise<boolean> {
  const stored = collections(ctx);
  const db = database(ctx);
  try {
    await inOneTransaction(ctx, async (session) => {
      const options = { session, ignoreUndefined: true, ordered: true };
      for (const name of PAST_COLLECTIONS) {
        const documents = past[name] as object[];
        if (documents.length > 0) {
          await db.collection(stored[name].collectionName).insertMany(documents, options);
        }
      }
      const { batchErrors, files } = past;
      const named = [
        ['batch_errors', batchErrors],
        ['uploads.files', files.map(headOf)],
        ['uploads.chunks', files.map(chunkOf)],
      ] as const;
      for (const [name, documents] of named) {
        if (documents.length > 0) {
          await db.collection(name).insertMany(documents as object[], options);
        }
      }
    });
    return true;
  } catch (error) {
    if (!isDuplicate(error) || !(await ctx.store.companies.find(COMPANY_ID))) throw error;
    return false;
  }
}

/** As GridFS stores a file. */
function headOf({ id, bytes, at }: PastFile): object {
  return { _id: id, length: bytes.length, chunkSize: CHUNK_BYTES, uploadDate: at, filename: id };
}

/** None of the files has more than one. */
function chunkOf({ id, bytes }: PastFile): object {
  return { files_id: id, n: 0, data: bytes };
}
