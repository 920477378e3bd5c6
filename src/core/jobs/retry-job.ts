import { OPERATOR_LOG } from '../audit/operator-log';
import { recordChange } from '../audit/record-change';
import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import type { QueueName } from '../../jobs/contract';
import { findJob, isRetryable, retryQueuedJob } from '../../queue/jobs';
import { companyOfJob } from './companies-of-jobs';
import { orUnavailable } from './or-unavailable';

/**
 * Retries a failed job, or one that waits for its next try, at once. Before that, records who asked: in
 * the audit log of the company that the job works for, or else in the operator's own.
 * @throws AppError job_not_retryable when it is gone, active or done; unavailable without Redis
 */
export async function retryJob({
  ctx,
  queue,
  jobId,
  caller,
}: {
  ctx: Context;
  queue: QueueName;
  jobId: string;
  caller: Caller;
}): Promise<void> {
  const job = await orUnavailable({ ctx, ask: () => findJob(ctx.queues, queue, jobId) });
  if (!job || !isRetryable(job)) throw new AppError('job_not_retryable');
  const companyId = (await companyOfJob({ ctx, job })) ?? OPERATOR_LOG;
  await ctx.store.transaction((session) =>
    recordChange({
      ctx,
      session,
      companyId,
      action: 'job.retried',
      caller,
      reason: `${queue} ${job.kind} ${jobId}`,
    }),
  );
  const retried = await orUnavailable({ ctx, ask: () => retryQueuedJob(ctx.queues, job) });
  if (!retried) throw new AppError('job_not_retryable');
}
