import type { Context } from '../../context';
import { AppError } from '../../errors';
import { isUnavailable } from '../../store';
import { errorForLog } from '../../telemetry/logger';
import type { Finished } from './finish-revocation';
import type { Finish } from './finish-together';

/** Of several: the first of these that any of them ended with. */
const OUTCOMES: readonly Finished[] = ['done', 'void', 'already_done', 'gone'];

/**
 * Finishes the revocations of one job. What fails does not keep the others from being finished; it
 * gets a job of its own, so that it alone is retried.
 * @param finish of this process; see `createFinishTogether`
 * @returns `split`: some have jobs of their own now
 * @throws what the only one failed with; AppError unavailable, or what the driver throws, when MongoDB
 *   or Redis is away: then the job is to be tried again as it is
 */
export async function followUpRevocations({
  ctx,
  finish,
  revocationIds,
}: {
  ctx: Context;
  finish: Finish;
  revocationIds: string[];
}): Promise<Finished | 'split'> {
  const results = await Promise.allSettled(revocationIds.map(finish));
  const outcomes = new Set<Finished>();
  const failed: { id: string; reason: unknown }[] = [];
  results.forEach((result, at) => {
    if (result.status === 'fulfilled') outcomes.add(result.value);
    else failed.push({ id: revocationIds[at] ?? '', reason: result.reason });
  });
  if (failed.length === 0) return OUTCOMES.find((one) => outcomes.has(one)) ?? 'gone';
  const away = failed.find(({ reason }) => isAway(reason));
  if (away) throw away.reason;
  if (revocationIds.length === 1) throw failed[0]?.reason;
  for (const { id, reason } of failed) {
    ctx.log.warn({ revocation_id: id, error: errorForLog(reason) }, 'not finished; tried alone');
  }
  await ctx.outbox.apart(
    'revocations',
    failed.map(({ id }) => id),
  );
  return 'split';
}

function isAway(reason: unknown): boolean {
  return isUnavailable(reason) || (reason instanceof AppError && reason.code === 'unavailable');
}
