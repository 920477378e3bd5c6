import type { Context } from '../../../context';
import { AppError } from '../../../errors';
import { settled } from '../../../lib/settled';
import type { Batch } from '../../../store/batches';
import { readBatch, ROWS_READ_AT_A_TIME } from '../csv/read-batch';
import { Rate } from '../rows/rate';
import type { RowSteps } from '../rows/row-steps';
import { type AnsweredRows, askAbout, together } from './ask-about-rows';
import { checkpointAnswers } from './checkpoint-answers';
import { resultHeader } from './file-header';
import { judgeScrubRow, type ScrubRow } from './judge-scrub-row';
import { openResult } from './result-writer';

/**
 * Answers the rows of a scrub from the last checkpoint to the end. While the answers to some are
 * written, the next are read and looked up.
 * @throws LeaseLost; the errors of GridFS when the file is damaged
 */
export async function answerRows({ ctx, held, signal, rowsAtATime }: RowSteps): Promise<void> {
  const { batch } = held;
  const { upload } = batch;
  if (!upload) throw new AppError('upload_gone');
  const judge = (row: Parameters<typeof judgeScrubRow>[0]['row']) =>
    judgeScrubRow({ ctx, row, upload });
  const rowsInALot = Math.min(ROWS_READ_AT_A_TIME, rowsAtATime);
  const asked = asking(ctx, batch, readBatch({ ctx, batch, judge, rowsAtATime: rowsInALot }));
  const written = {
    ctx,
    held,
    result: await openResult({ ctx, batch }),
    header: await resultHeader({ ctx, upload }),
    rate: new Rate(),
  };
  let ahead: Promise<PromiseSettledResult<AnsweredRows>> | null = null;
  try {
    let lots = 1;
    for (let next = await settled(gather(ctx, asked, lots)); ;) {
      signal.throwIfAborted();
      if (next.status === 'rejected') throw next.reason;
      lots = Math.min(2 * lots, Math.ceil(rowsAtATime / rowsInALot));
      ahead = next.value.rows.length > 0 ? settled(gather(ctx, asked, lots)) : null;
      const goesOn = await write(next.value, written);
      if (!goesOn || !ahead) return;
      next = await ahead;
    }
  } finally {
    // Nothing of it is left under way, whatever ended this.
    await ahead;
    await asked.return(undefined);
  }
}

/** A lot of rows that are being asked about. */
interface Asked {
  answered: Promise<PromiseSettledResult<AnsweredRows>>;
}

/** Asks about each lot of rows as it is read, while the next one is: two lots at a time. */
async function* asking(
  ctx: Context,
  batch: Batch,
  source: AsyncGenerator<ScrubRow[]>,
): AsyncGenerator<Asked> {
  let last: Asked['answered'] | null = null;
  for await (const rows of source) {
    const answered = settled(askAbout({ ctx, batch, rows }));
    yield { answered };
    await last;
    last = answered;
  }
}

/**
 * The answers to the next lots of rows; there are fewer at the end of the file.
 * @throws what kept some of them from being read or answered, once nothing is under way
 */
async function gather(
  ctx: Context,
  source: AsyncGenerator<Asked>,
  count: number,
): Promise<AnsweredRows> {
  const asked: Asked[] = [];
  const read = async () => {
    while (asked.length < count) {
      const next = await source.next();
      if (next.done) return;
      asked.push(next.value);
    }
  };
  const reading = await settled(read());
  const answers = await Promise.all(asked.map(({ answered }) => answered));
  if (reading.status === 'rejected') throw reading.reason;
  const lots = answers.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
  return together({ ctx, lots });
}

type Written = Omit<Parameters<typeof checkpointAnswers>[0], 'answered'>;

/** @returns false when it was cancelled */
async function write(answered: AnsweredRows, written: Written): Promise<boolean> {
  const { ctx, held } = written;
  for (let now = answered; ;) {
    const outcome = await checkpointAnswers({ ...written, answered: now });
    await ctx.reach('scrub.checkpointed');
    if (outcome !== 'outdated') return outcome === 'written';
    now = await askAbout({ ctx, batch: held.batch, rows: answered.rows });
  }
}
