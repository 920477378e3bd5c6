import { stringify } from 'csv-stringify/sync';
import { inert } from '../../lib/csv-cells';
import { AppError } from '../../errors';
import type { RowError } from '../../store/batch-rows';
import { type BatchRef, requireBatch } from './require-batch';

/**
 * Every row that was not revoked and every cell that could not be used, as CSV.
 * @returns starts reading: yields the header, then a page of lines at a time
 * @throws AppError batch_not_found; upload_gone when they were deleted together with the file
 */
export async function errorsCsv(ref: BatchRef): Promise<() => AsyncGenerator<string, void>> {
  const batch = await requireBatch(ref);
  if (!batch.upload_expires_at) throw new AppError('upload_gone');
  return async function* () {
    yield 'line,column,value,reason\n';
    for await (const { lines } of ref.ctx.store.batchRows.errorPages(batch._id, batch.run)) {
      yield stringify(lines.map(cells));
    }
  };
}

function cells({ line, column, value, reason }: RowError): (string | number)[] {
  return [line, inert(column), inert(value), reason];
}
