import type { Caller, Context } from '../../context';
import { QUEUE_NAMES } from '../../jobs/contract';
import { findJob } from '../../queue/jobs';
import { OPERATOR_LOG } from '../audit/operator-log';
import { recordChange } from '../audit/record-change';
import { companyOfJob } from './companies-of-jobs';

/** What an operator asks of the queue board. */
export interface BoardChange {
  action:
    | 'queue.paused'
    | 'queue.resumed'
    | 'job.retried'
    | 'job.promoted'
    | 'jobs.retried'
    | 'jobs.promoted';
  /** Null: all queues. */
  queue: string | null;
  /** Null: not about one job. */
  jobId: string | null;
  /** In which state those jobs are that are meant; null: it need not be said. */
  jobState: string | null;
}

/**
 * Records who asks for a change on the queue board, before it is made, as it is made in Redis: in the
 * audit log of the company that the job works for, and in the operators' own. What asks for a queue or
 * a job that is not there leaves no entry.
 * @throws whatever the connections throw while Redis or MongoDB is away
 */
export async function recordBoardChange({
  ctx,
  caller,
  change: { action, queue: name, jobId, jobState },
}: {
  ctx: Context;
  caller: Caller;
  change: BoardChange;
}): Promise<void> {
  const queue = QUEUE_NAMES.find((one) => one === name);
  if (name !== null && !queue) return;
  const job = queue && jobId !== null ? await findJob(ctx.queues, queue, jobId) : null;
  if (jobId !== null && !job) return;
  const companyId = (job && (await companyOfJob({ ctx, job }))) ?? OPERATOR_LOG;
  const what = [name ?? 'all queues', job?.kind, jobId, jobState];
  const reason = what.filter((part) => part != null).join(' ');
  await ctx.store.transaction((session) =>
    recordChange({ ctx, session, companyId, action, caller, reason }),
  );
}
