import type { Context } from '../context';
import { AppError } from '../errors';

/** Works an uploaded file off. */
export function runCsvBatch(_input: {
  ctx: Context;
  batchId: string;
  signal: AbortSignal;
}): Promise<string> {
  return Promise.reject(new AppError('internal'));
}
