// Indexes of earlier releases.
import type { Connection } from 'mongoose';

/** Each with its collection; what was found by it is found by another. */
const FORMER = [
  // Unique: an email then had one account, whoever had made it.
  ['users', 'email_1'],
  // Became a list by any state.
  ['batches', 'failed'],
  // Became the beginning of a wider one, by which earlier releases find the same.
  ['certificates', 'company_id_1_data_1_kept_until_1_created_at_1'],
] as const;

/** Drops what has been replaced; to be called once the new indexes are there. */
export async function dropFormerIndexes(connection: Connection): Promise<void> {
  for (const [collection, index] of FORMER) {
    try {
      await connection.collection(collection).dropIndex(index);
    } catch (error) {
      if ((error as { codeName?: unknown }).codeName !== 'IndexNotFound') throw error;
    }
  }
}
