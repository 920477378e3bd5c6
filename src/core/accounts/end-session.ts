import type { Caller, Context } from '../../context';
import { recordChange } from '../audit/record-change';
import { type Account, logOf, sessionsOf } from './account';

interface Request {
  ctx: Context;
  account: Account;
  caller: Caller;
}

/** Ends one of an account's sessions; of one that has ended, or is another's, nothing is changed. */
export async function endSession({
  ctx,
  account,
  caller,
  sessionId,
}: Request & { sessionId: string }): Promise<void> {
  await ctx.store.transaction(async (session) => {
    const ended = await sessionsOf({ ctx, account }).deleteOne(account.id, sessionId, session);
    if (!ended) return;
    const action = `${account.kind}.session_ended` as const;
    await recordChange({ ctx, session, companyId: logOf(account), action, caller });
  });
}

/** Ends all sessions of an account, the one that asks included. */
export async function signOutEverywhere({ ctx, account, caller }: Request): Promise<void> {
  await ctx.store.transaction(async (session) => {
    const ended = await sessionsOf({ ctx, account }).deleteOf(account.id, session);
    // Two at once are one.
    if (ended === 0) return;
    const reason = ended === 1 ? '1 session' : `${String(ended)} sessions`;
    const action = `${account.kind}.signed_out_everywhere` as const;
    await recordChange({ ctx, session, companyId: logOf(account), action, caller, reason });
  });
}
