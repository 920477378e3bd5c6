import type { Context } from '../../context';
import { AppError, invalid } from '../../errors';
import type { Session } from '../../store';
import { hashRecoveryCodes } from './recovery-codes';
import { sealSecret } from './secret-at-rest';
import { readSetUp, type SetUp } from './set-up';
import { readTotpCode, stepOfCode } from './totp';

/**
 * Turns two-step sign-in on, in the transaction of its audit entry. The same form once more gets the
 * same recovery codes, and turns nothing on.
 * @param sealed of `setUp`
 * @returns the recovery codes, to be shown once, and whether it has just been turned on
 * @throws AppError code_wrong; already_exists when it is on with another secret; invalid_request
 *   naming `setup` when that has expired
 */
export async function turnOn({
  ctx,
  account,
  sealed,
  code,
  session,
}: {
  ctx: Context;
  account: string;
  sealed: string;
  code: string;
  session: Session;
}): Promise<{ codes: string[]; isNew: boolean }> {
  const begun = readSetUp({ ctx, account, sealed });
  if (!begun) throw invalid('setup', 'has expired: begin again');
  const { secret, codes } = begun;
  if (await isOnAlready(ctx, account, begun, session)) return { codes, isNew: false };
  const now = ctx.now();
  const step = stepOfCode(secret, readTotpCode(code), now);
  if (step === null) throw new AppError('code_wrong');
  await ctx.store.twoSteps.insert(
    {
      _id: account,
      secret: sealSecret({ ctx, account, secret }),
      on_since: now,
      last_step: step,
      recovery_codes: hashRecoveryCodes({ ctx, account, codes }),
    },
    session,
  );
  return { codes, isNew: true };
}

async function isOnAlready(
  ctx: Context,
  account: string,
  { codes }: SetUp,
  session: Session,
): Promise<boolean> {
  const found = await ctx.store.twoSteps.find(account, session);
  if (!found) return false;
  const hashes = hashRecoveryCodes({ ctx, account, codes });
  const isSame = hashes.every((hash) => found.recovery_codes.includes(hash));
  if (!isSame) throw new AppError('already_exists');
  return true;
}
