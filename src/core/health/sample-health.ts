import type { Context } from '../../context';
import { measureHealth } from './measure-health';

const MINUTE_CHARACTERS = 'YYYY-MM-DDTHH:mm'.length;

/**
 * Takes this minute's sample unless there is one; many processes may try.
 * @returns whether this call took it
 */
export async function sampleHealth({
  ctx,
  now = ctx.now(),
}: {
  ctx: Context;
  now?: Date;
}): Promise<boolean> {
  const minute = now.toISOString().slice(0, MINUTE_CHARACTERS);
  if (await ctx.store.healthSamples.exists(minute)) return false;
  const { queues, outbox } = await measureHealth({ ctx });
  return ctx.store.healthSamples.insertOnce({ _id: minute, at: now, queues, outbox });
}
