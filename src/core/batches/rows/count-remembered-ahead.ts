import type { Context } from '../../../context';
import { AppError } from '../../../errors';
import type { Batch } from '../../../store/batches';
import { FileDamaged } from '../../../store/files';
import { suppressionId } from '../../../store/suppressions';
import { readBatch, ROWS_READ_AT_A_TIME } from '../csv/read-batch';
import { judgeRow } from './judge-row';
import { ROWS_AT_A_TIME } from './row-steps';

/** Of two steps, with what is read at once: no worker gets further ahead of its checkpoint. */
const MAX_ROWS_AHEAD = 2 * ROWS_AT_A_TIME + ROWS_READ_AT_A_TIME;

/**
 * How many rows after the last checkpoint of a cancelled batch are remembered: a worker remembers what
 * it reads ahead, and may have died before it could say so. Zero for any other batch, whose next worker
 * counts them, and where the file can no longer be read.
 */
export async function countRememberedAhead({
  ctx,
  batch,
}: {
  ctx: Context;
  batch: Batch;
}): Promise<number> {
  if (batch.state !== 'cancelled' || batch.dry_run || !batch.upload) return 0;
  try {
    return await count(ctx, batch);
  } catch (error) {
    const isGone = error instanceof FileDamaged || error instanceof AppError;
    if (!isGone) throw error;
    return 0;
  }
}

async function count(ctx: Context, batch: Batch): Promise<number> {
  const judge = (row: Parameters<typeof judgeRow>[0]['row']) =>
    judgeRow({ ctx, batch, row }).remembered;
  const idOf = (hash: string) => suppressionId(batch.company_id, hash);
  let read = 0;
  let counted = 0;
  for await (const rows of readBatch({ ctx, batch, judge })) {
    const found = await ctx.store.suppressions.find([...new Set(rows.flat().map(idOf))]);
    const own = found.filter(({ revocation_id }) => revocation_id === batch._id);
    const ids = new Set(own.map(({ _id }) => _id));
    counted += rows.filter((hashes) => hashes.some((hash) => ids.has(idOf(hash)))).length;
    read += rows.length;
    if (read >= MAX_ROWS_AHEAD) break;
  }
  return counted;
}
