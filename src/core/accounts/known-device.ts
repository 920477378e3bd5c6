import { z } from 'zod';
import type { Context } from '../../context';
import { DAY_MS } from '../../lib/durations';
import { newId } from '../../lib/random-ids';
import { openToken, sealToken } from '../../lib/sealed-token';

const PURPOSE = 'known device';

/** How long a browser is known after a sign-in. */
export const DEVICE_KNOWN_MS = 400 * DAY_MS;

const deviceSchema = z.object({ user_id: z.string(), device_id: z.string() });

/** A browser in which a user has signed in before. */
type KnownDevice = z.output<typeof deviceSchema>;

/**
 * Marks the browser in which a user has just signed in: its tries are counted by themselves from
 * then on, so that nobody else's can hold it up. It opens nothing.
 * @returns for a cookie
 */
export function markDevice({ ctx, userId }: { ctx: Context; userId: string }): string {
  const device: KnownDevice = { user_id: userId, device_id: newId('dev') };
  const until = new Date(ctx.now().getTime() + DEVICE_KNOWN_MS);
  return sealToken(ctx.config.identifierKeys, PURPOSE, device, until);
}

/** The device of a cookie; null when it is none of ours. */
export function readDevice({
  ctx,
  mark,
}: {
  ctx: Context;
  mark: string | undefined;
}): KnownDevice | null {
  if (mark === undefined) return null;
  const read = deviceSchema.safeParse(
    openToken(ctx.config.identifierKeys, PURPOSE, mark, ctx.now()),
  );
  return read.success ? read.data : null;
}
