import type { Context } from '../../../context';
import { AppError } from '../../../errors';
import type { Batch } from '../../../store/batches';
import { type CsvRow, readRows } from './read-rows';

/** Rows that are handed out together; fewer where they are long. */
export const ROWS_READ_AT_A_TIME = 1_000;

/**
 * Reads the rows of a batch's file from its last checkpoint on.
 * @param judge what each row becomes; what it keeps of the row's text must be a copy
 * @throws AppError upload_gone; the errors of GridFS when the file is damaged
 */
export async function* readBatch<Row>({
  ctx,
  batch: { upload, position },
  judge,
  rowsAtATime = ROWS_READ_AT_A_TIME,
}: {
  ctx: Context;
  batch: Batch;
  judge: (row: CsvRow) => Row;
  rowsAtATime?: number;
}): AsyncGenerator<Row[]> {
  if (!upload) throw new AppError('upload_gone');
  const from = position ?? upload.data;
  const source = ctx.store.uploads.read(upload.file_id, upload.bytes, from.offset);
  try {
    for await (const rows of readRows(source, upload, from, rowsAtATime)) {
      yield rows.map(judge);
    }
  } finally {
    source.destroy();
  }
}
