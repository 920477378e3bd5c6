import type { Context } from '../../../context';
import type { Batch } from '../../../store/batches';
import { readBatch } from '../csv/read-batch';
import type { HeldBatch } from '../rows/held-batch';
import { heldTransaction } from '../rows/held-transaction';
import { Rate } from '../rows/rate';
import type { RowSteps } from '../rows/row-steps';
import { canBeRead } from './judge-scrub-row';

/**
 * Goes through the rows of a scrub's file to say what answering them costs.
 * @throws LeaseLost; the errors of GridFS when the file is damaged
 */
export async function previewRows({ ctx, held, signal, rowsAtATime }: RowSteps): Promise<void> {
  const rate = new Rate();
  const judge = (row: Parameters<typeof canBeRead>[0]) => ({
    end: row.end,
    isGood: canBeRead(row),
  });
  let rows = 0;
  let invalid = 0;
  let position = held.batch.position;
  const checkpoint = async (more: Partial<Batch>) => {
    const { state } = await held.progress({
      add: { rows_read: rows, invalid },
      set: { ...more, position, failures: 0, starts: 1, rows_per_second: rate.add(rows) },
      state: 'parsing',
    });
    await ctx.reach('scrub.checkpointed');
    rows = 0;
    invalid = 0;
    return state;
  };
  for await (const read of readBatch({ ctx, batch: held.batch, judge })) {
    signal.throwIfAborted();
    rows += read.length;
    invalid += read.filter(({ isGood }) => !isGood).length;
    position = read.at(-1)?.end ?? position;
    if (rows >= rowsAtATime && (await checkpoint({})) !== 'parsing') return;
  }
  if ((await checkpoint({})) === 'parsing') await end(ctx, held);
}

/** One that is cancelled at the last moment stays open, for its worker to close. */
async function end(ctx: Context, held: HeldBatch): Promise<void> {
  const { rows_read, invalid, scrub } = held.batch;
  if (!scrub) return;
  const row_fee_microusd = ctx.config.prices.scrub_row;
  const priced = { ...scrub, row_fee_microusd, rows_payable: rows_read - invalid };
  const set = { rows_total: rows_read, scrub: priced };
  await heldTransaction({
    ctx,
    held,
    work: async (session) => {
      const { state } = await held.progress({ set, state: 'previewed' }, session);
      if (state === 'previewed') await held.progress({ set: { open: false } }, session);
    },
  });
}
