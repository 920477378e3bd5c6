import type { Context } from '../context';
import { AppError } from '../errors';
import type { Batch } from '../store/batches';
import { type CsvRow, readRows } from './csv/read-rows';
import { judgeRow, type JudgedRow } from './judge-row';
import type { HeldBatch } from './lease-batch';
import { revokeCrowd } from './revoke-crowd';
import { openRows, type OpenedRows } from './open-rows';
import { Rate } from './rate';
import { RowQueue } from './row-queue';
import { type FlaggedRows, flagRows } from './set-flags';
import { settleRows } from './settle-rows';

/** Rows that share a look-up, an update and a checkpoint. */
export const ROWS_AT_A_TIME = 4_000;
const ROWS_READ_AT_A_TIME = 1_000;

/**
 * Takes the file's rows from the last checkpoint to the end: look-up, flags, checkpoint. One
 * transaction settles rows whose flags are set and opens the next ones.
 * @throws LeaseLost; the errors of GridFS when the file is damaged
 */
export async function revokeRows(
  ctx: Context,
  held: HeldBatch,
  signal: AbortSignal,
  rowsAtATime: number,
): Promise<void> {
  const rows = new RowQueue(judgedRows(ctx, held.batch));
  const rate = new Rate();
  let flagged: FlaggedRows | null = null;
  try {
    for (;;) {
      signal.throwIfAborted();
      const ahead = await rows.peek(rowsAtATime);
      const next = await settleAndOpen(ctx, held, flagged, ahead, rate);
      await ctx.reach('batch.settled');
      if (next === null) return;
      rows.drop(next.rows.length);
      flagged = await flagRows(ctx, next);
      ctx.metrics.revocations.inc({ method: 'csv' }, flagged.won.size);
    }
  } finally {
    await rows.close();
  }
}

async function* judgedRows(ctx: Context, { upload, position }: Batch): AsyncGenerator<JudgedRow[]> {
  if (!upload) throw new AppError('upload_gone');
  const from = position ?? upload.data;
  const source = ctx.store.uploads.read(upload.file_id, upload.bytes, from.offset);
  try {
    const read: AsyncGenerator<CsvRow[]> = readRows(source, upload, from, ROWS_READ_AT_A_TIME);
    for await (const rows of read) yield rows.map((row) => judgeRow(ctx, row));
  } finally {
    source.destroy();
  }
}

async function settleAndOpen(
  ctx: Context,
  held: HeldBatch,
  flagged: FlaggedRows | null,
  ahead: JudgedRow[],
  rate: Rate,
): Promise<OpenedRows | null> {
  const atEnd = ahead.length === 0;
  const rowsPerSecond = rate.add(flagged?.rows.length ?? 0);
  const before = held.batch;
  const next = await ctx.store.transaction(async (session) => {
    // The transaction may run more than once.
    held.batch = before;
    const batch = await settleRows(ctx, held, { flagged, rowsPerSecond, atEnd }, session);
    if (atEnd) return null;
    // Of a cancelled one only what is written down already is still carried out.
    const onlyRecorded = batch.state !== 'revoking' && batch.state !== 'parsing';
    const at = { firstRow: batch.rows_read + 1, onlyRecorded };
    return openRows(ctx, batch, ahead, at, session);
  });
  const [crowd] = ahead;
  if (next !== 'too_many') return next;
  if (!crowd) throw new AppError('internal');
  return revokeCrowd(ctx, held.batch, crowd);
}
