import type { Context } from '../../context';
import { inTime } from '../../lib/deadline';
import { errorForLog } from '../../telemetry/logger';

/**
 * Whether `work` succeeds within its deadline; what it throws is logged.
 * @param part what is asked, as the log names it
 */
export async function answersInTime({
  ctx,
  part,
  deadlineMs,
  work,
}: {
  ctx: Context;
  part: string;
  deadlineMs: number;
  work: Promise<unknown>;
}): Promise<boolean> {
  try {
    await inTime(deadlineMs, work);
    return true;
  } catch (error) {
    ctx.log.warn({ part, error: errorForLog(error) }, 'a part does not answer');
    return false;
  }
}
