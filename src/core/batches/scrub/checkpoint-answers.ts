import type { Context } from '../../../context';
import type { Session } from '../../../store';
import { CONTACT_REASONS, type Scrub } from '../../../store/batch-scrub';
import type { HeldBatch } from '../rows/held-batch';
import { heldTransaction } from '../rows/held-transaction';
import type { Rate } from '../rows/rate';
import type { AnsweredRows } from './ask-about-rows';
import type { ResultWriter } from './result-writer';
import { answeredRows, debitRows, ROWS_LINE } from './row-money';

/**
 * Writes a checkpoint: the lines of the result, what they cost, counts and the place in the file, all of
 * it or nothing, and only while the batch is held. No rows: the file has no more.
 * @returns `outdated`: another primary may know more than the one that was asked · `stopped`: it was
 * cancelled, and nothing is written
 * @throws LeaseLost, AppError insufficient_balance
 */
export async function checkpointAnswers({
  ctx,
  held,
  result,
  header,
  answered,
  rate,
}: {
  ctx: Context;
  held: HeldBatch;
  result: ResultWriter;
  /** How the result begins. */
  header: string;
  answered: AnsweredRows;
  rate: Rate;
}): Promise<'written' | 'outdated' | 'stopped'> {
  const rowsPerSecond = rate.add(answered.rows.length);
  const charged = held.batch.scrub?.charged_microusd ?? 0;
  const work = async (session: Session) => {
    if (answered.election !== ctx.store.election()) return 'outdated';
    const { _id } = held.batch;
    const now = await ctx.store.batches.find(_id, session);
    if (now?.state === 'cancelled') return 'stopped';
    return write(session);
  };
  const write = async (session: Session) => {
    const { scrub, rows_read } = held.batch;
    if (!scrub) return 'stopped';
    const answers = sum(scrub, answered);
    const rows = answeredRows({ ...scrub, answers }) - answeredRows(scrub);
    // First of all: the longer it is since the wallet was read, the likelier somebody else has moved money.
    const money = await debitRows({
      ctx,
      batch: held.batch,
      rows,
      firstRow: rows_read + 1,
      session,
    });
    const text = (scrub.result_bytes === 0 ? header : '') + answered.text;
    const { bytes, committed } = await result.append(text, session);
    const next: Scrub = { ...scrub, answers, result_bytes: bytes };
    await held.progress(
      {
        add: { rows_read: answered.rows.length, invalid: answered.invalid },
        set: { scrub: { ...next, ...money }, ...place(answered, rows_read, rowsPerSecond) },
        state: answered.rows.length > 0 ? 'answering' : 'recording',
      },
      session,
    );
    await ctx.reach('scrub.writing');
    return committed;
  };
  const outcome = await heldTransaction({ ctx, held, work });
  if (typeof outcome === 'string') return outcome;
  outcome();
  const paid = (held.batch.scrub?.charged_microusd ?? 0) - charged;
  if (paid > 0) {
    ctx.metrics.charges.inc({ kind: ROWS_LINE });
    ctx.metrics.chargedMicrousd.inc({ kind: ROWS_LINE }, paid);
  }
  return 'written';
}

function sum({ answers }: Scrub, more: AnsweredRows): Scrub['answers'] {
  const added = CONTACT_REASONS.map((answer) => [answer, answers[answer] + more.answers[answer]]);
  return Object.fromEntries(added) as Scrub['answers'];
}

function place({ rows }: AnsweredRows, rowsBefore: number, rowsPerSecond: number) {
  const last = rows.at(-1);
  if (!last) return { rows_total: rowsBefore };
  return { position: last.end, failures: 0, starts: 1, rows_per_second: rowsPerSecond };
}
