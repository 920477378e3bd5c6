import { TOTP } from 'otpauth';
import type { Context } from '../../../src/context';
import { setUp } from '../../../src/core/two-step/set-up';
import { turnOn } from '../../../src/core/two-step/turn-on';
import { collections } from '../../helpers/collections';

const STEP_MS = 30_000;

/**
 * The code that an authenticator app shows, so many steps ahead of MongoDB's clock.
 * @param key in base32, with or without spaces
 */
export function codeOf(ctx: Context, key: string, steps = 0): string {
  const timestamp = ctx.now().getTime() + steps * STEP_MS;
  return new TOTP({ secret: key.replaceAll(' ', '') }).generate({ timestamp });
}

/** Turns two-step sign-in on for an account; no code counts as used. */
export async function turnedOn(
  ctx: Context,
  account: string,
): Promise<{ key: string; codes: string[] }> {
  const { sealed, key } = setUp({ ctx, account, name: 'somebody@example.com' });
  const code = codeOf(ctx, key);
  const { codes } = await ctx.store.transaction((session) =>
    turnOn({ ctx, account, sealed, code, session }),
  );
  await collections(ctx).twoSteps.updateOne({ _id: account }, { $set: { last_step: 0 } });
  return { key, codes };
}
