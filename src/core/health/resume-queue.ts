import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import type { QueueName } from '../../jobs/contract';
import { errorForLog } from '../../telemetry/logger';
import { OPERATOR_LOG } from '../audit/operator-log';
import { recordChange } from '../audit/record-change';

/**
 * Has workers take a paused queue's jobs again. Before that, records in the operator's audit log who
 * asked.
 * @returns false when it is not paused: nothing is done
 * @throws AppError unavailable without Redis
 */
export async function resumeQueue({
  ctx,
  queue,
  caller,
}: {
  ctx: Context;
  queue: QueueName;
  caller: Caller;
}): Promise<boolean> {
  const asked = ctx.queues.byName[queue];
  if (!(await orUnavailable(ctx, () => asked.isPaused()))) return false;
  await ctx.store.transaction((session) =>
    recordChange({
      ctx,
      session,
      companyId: OPERATOR_LOG,
      action: 'queue.resumed',
      caller,
      reason: queue,
    }),
  );
  await orUnavailable(ctx, () => asked.resume());
  return true;
}

async function orUnavailable<T>(ctx: Context, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    ctx.log.warn({ error: errorForLog(error) }, 'queue could not be resumed');
    throw new AppError('unavailable');
  }
}
