import type { Context } from '../../context';
import type { Session } from '../../store';
import { hashRecoveryCodes, newRecoveryCodes } from './recovery-codes';

/**
 * Makes recovery codes anew, in the transaction of their audit entry; the earlier ones open nothing.
 * @returns to be shown once
 */
export async function renewRecoveryCodes({
  ctx,
  account,
  session,
}: {
  ctx: Context;
  account: string;
  session: Session;
}): Promise<string[]> {
  const codes = newRecoveryCodes();
  const hashes = hashRecoveryCodes({ ctx, account, codes });
  await ctx.store.twoSteps.setRecoveryCodes(account, hashes, session);
  return codes;
}
