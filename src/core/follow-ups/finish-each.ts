import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { OutboxName } from '../../queue/outbox-jobs';
import { isUnavailable } from '../../store';
import { errorForLog } from '../../telemetry/logger';

/**
 * Finishes all that one job carries. What fails does not keep the others from being finished; it gets
 * a job of its own, so that it alone is retried.
 * @param options.ids at most 500
 * @param options.outcomes the job has the first of these that any of them ended with
 * @returns `split`: some have jobs of their own now
 * @throws what the only one failed with; AppError unavailable, or what the driver throws, when MongoDB
 *   or Redis is away: then the job is to be tried again as it is
 */
export async function finishEach<Outcome extends string>({
  ctx,
  outbox,
  ids,
  finish,
  outcomes,
}: {
  ctx: Context;
  outbox: OutboxName;
  ids: string[];
  finish: (id: string) => Promise<Outcome>;
  outcomes: readonly Outcome[];
}): Promise<Outcome | 'split'> {
  const results = await Promise.allSettled(ids.map(finish));
  const ended = new Set<Outcome>();
  const failed: { id: string; reason: unknown }[] = [];
  results.forEach((result, at) => {
    if (result.status === 'fulfilled') ended.add(result.value);
    else failed.push({ id: ids[at] ?? '', reason: result.reason });
  });
  if (failed.length === 0) {
    const outcome = outcomes.find((one) => ended.has(one));
    if (outcome === undefined) throw new Error('a job has ended without an outcome');
    return outcome;
  }
  const away = failed.find(({ reason }) => isAway(reason));
  if (away) throw away.reason;
  if (ids.length === 1) throw failed[0]?.reason;
  for (const { id, reason } of failed) {
    ctx.log.warn({ outbox, id, error: errorForLog(reason) }, 'not finished; tried alone');
  }
  await ctx.outbox.apart(
    outbox,
    failed.map(({ id }) => id),
  );
  return 'split';
}

function isAway(reason: unknown): boolean {
  return isUnavailable(reason) || (reason instanceof AppError && reason.code === 'unavailable');
}
