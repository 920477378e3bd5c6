import { z } from 'zod';
import type { Context } from '../../context';
import { MINUTE_MS } from '../../lib/durations';
import { openToken, sealToken } from '../../lib/sealed-token';
import { newRecoveryCodes } from './recovery-codes';
import { newTotpSecret, totpUri } from './totp';

const LIFE_MS = 30 * MINUTE_MS;

const setUpSchema = z.object({ secret: z.string(), codes: z.array(z.string()) });

/** What will hold once a right code has turned it on. */
export type SetUp = z.output<typeof setUpSchema>;

/** What a person is shown to set up their authenticator app. */
export interface SetUpView {
  /** For the form that turns it on; sealed, so that nothing is stored before. */
  sealed: string;
  /** For a QR code. */
  uri: string;
  /** The same for typing, in base32. */
  key: string;
}

/**
 * Begins to set up two-step sign-in, or goes on with what `sealed` says has begun.
 * @param account id of the user or operator
 * @param name of the account, as the app shows it
 */
export function setUp({
  ctx,
  account,
  name,
  sealed = '',
}: {
  ctx: Context;
  account: string;
  name: string;
  sealed?: string;
}): SetUpView {
  const begun = readSetUp({ ctx, account, sealed });
  const { secret, codes } = begun ?? { secret: newTotpSecret(), codes: newRecoveryCodes() };
  const until = new Date(ctx.now().getTime() + LIFE_MS);
  const value: SetUp = { secret, codes };
  const made = begun
    ? sealed
    : sealToken(ctx.config.identifierKeys, purposeOf(account), value, until);
  return { sealed: made, uri: totpUri(secret, name), key: secret };
}

/** What was begun for an account; null: nothing, or more than half an hour ago. */
export function readSetUp({
  ctx,
  account,
  sealed,
}: {
  ctx: Context;
  account: string;
  sealed: string;
}): SetUp | null {
  const { identifierKeys } = ctx.config;
  const read = setUpSchema.safeParse(
    openToken(identifierKeys, purposeOf(account), sealed, ctx.now()),
  );
  return read.success ? read.data : null;
}

function purposeOf(account: string): string {
  return `two-step set-up of ${account}`;
}
