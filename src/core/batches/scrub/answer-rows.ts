import { AppError } from '../../../errors';
import { settled } from '../../../lib/settled';
import { readBatch } from '../csv/read-batch';
import { Rate } from '../rows/rate';
import { RowQueue } from '../rows/row-queue';
import { FIRST_ROWS, MAX_STEP_BYTES, type RowSteps } from '../rows/row-steps';
import { type AnsweredRows, askAbout } from './ask-about-rows';
import { checkpointAnswers } from './checkpoint-answers';
import { resultHeader } from './file-header';
import { judgeScrubRow, weighScrubRow } from './judge-scrub-row';
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
  const rows = new RowQueue(readBatch({ ctx, batch, judge }), weighScrubRow, MAX_STEP_BYTES);
  const ask = async (count: number) => askAbout({ ctx, batch, rows: await rows.peek(count) });
  const written = {
    ctx,
    held,
    result: await openResult({ ctx, batch }),
    header: await resultHeader({ ctx, upload }),
    rate: new Rate(),
  };
  let ahead: Promise<PromiseSettledResult<AnsweredRows>> | null = null;
  try {
    let count = Math.min(FIRST_ROWS, rowsAtATime);
    for (let next = await settled(ask(count)); ;) {
      signal.throwIfAborted();
      if (next.status === 'rejected') throw next.reason;
      const { rows: asked } = next.value;
      rows.drop(asked.length);
      count = Math.min(2 * count, rowsAtATime);
      ahead = asked.length > 0 ? settled(ask(count)) : null;
      const goesOn = await write(next.value, written);
      if (!goesOn || !ahead) return;
      next = await ahead;
    }
  } finally {
    // Nothing of it is left under way, whatever ended this.
    await ahead;
    await rows.close();
  }
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
