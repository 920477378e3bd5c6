import type { Context } from '../../context';
import { errorForLog } from '../../telemetry/logger';

/**
 * Writes down what the process has counted of companies' activity since the last time. Never throws:
 * these are statistics, and what cannot be written is lost.
 */
export async function recordActivity({ ctx }: { ctx: Context }): Promise<void> {
  const counted = ctx.activity.take();
  if (counted.length === 0) return;
  try {
    await ctx.store.activityDays.add(counted);
  } catch (error) {
    ctx.log.warn({ error: errorForLog(error) }, 'could not write the activity of companies');
  }
}
