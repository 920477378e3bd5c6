import type { Context } from '../context';
import { AppError } from '../errors';

/** Finishes a bulk revocation: flags if they are not all set yet, counts, audit, `completed`. */
export function finishBulkBatch(_input: { ctx: Context; batchId: string }): Promise<string> {
  return Promise.reject(new AppError('internal'));
}
