import { OPERATOR_LOG } from '../audit/operator-log';
import { recordChange } from '../audit/record-change';
import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import type { QueueName } from '../../jobs/contract';
import { findTroubledJob, retryTroubledJob } from '../../queue/troubled-jobs';
import { errorForLog } from '../../telemetry/logger';
import { companyOfJob } from './company-of-job';

/**
 * Retries a failed job at once. Before that, records who asked: in the audit log of the company
 * that the job works for, or else in the operator's own.
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
  const job = await orUnavailable(ctx, () => findTroubledJob(ctx.queues, queue, jobId));
  if (!job) throw new AppError('job_not_retryable');
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
  const retried = await orUnavailable(ctx, () => retryTroubledJob(ctx.queues, job));
  if (!retried) throw new AppError('job_not_retryable');
}

async function orUnavailable<T>(ctx: Context, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    ctx.log.warn({ error: errorForLog(error) }, 'job could not be retried');
    throw new AppError('unavailable');
  }
}
