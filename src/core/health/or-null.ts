import type { Context } from '../../context';
import { inTime } from '../../lib/deadline';
import { errorForLog } from '../../telemetry/logger';

const DEADLINE_MS = 3_000;

/**
 * What `work` gives within 3 s, else null; what it throws is logged.
 * @param part what is asked, as the log names it
 */
export async function orNull<T>({
  ctx,
  part,
  work,
}: {
  ctx: Context;
  part: string;
  work: Promise<T>;
}): Promise<T | null> {
  try {
    return await inTime(DEADLINE_MS, work);
  } catch (error) {
    ctx.log.warn({ part, error: errorForLog(error) }, 'could not be measured');
    return null;
  }
}
