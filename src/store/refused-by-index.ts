// No collection: what an unordered insert says of those that were there already.
import mongoose from 'mongoose';

const DUPLICATE = 11000;

/**
 * Positions of the documents that a unique index refused, while all others were inserted; none when
 * anything else failed.
 */
export function refusedByIndex(error: unknown): number[] {
  if (!(error instanceof mongoose.mongo.MongoBulkWriteError)) return [];
  if (error.result.getWriteConcernError() !== undefined) return [];
  const refused = [error.writeErrors].flat();
  if (!refused.every(({ code }) => code === DUPLICATE)) return [];
  return refused.map(({ index }) => index);
}
