import type { Context } from '../../context';
import { AppError } from '../../errors';
import { errorForLog } from '../../telemetry/logger';

/**
 * Asks Redis.
 * @throws AppError unavailable while it is away; a refusal of ours as it is
 */
export async function orUnavailable<T>({
  ctx,
  ask,
}: {
  ctx: Context;
  ask: () => Promise<T>;
}): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof AppError) throw error;
    ctx.log.warn({ error: errorForLog(error) }, 'Redis could not be asked about jobs');
    throw new AppError('unavailable');
  }
}
