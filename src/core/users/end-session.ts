import { recordChange } from '../audit/record-change';
import type { Context } from '../../context';
import type { DashboardUser } from './session';

/**
 * Ends one of the signed-in user's sessions; of one that has ended, or is somebody else's, nothing
 * is changed.
 */
export async function endSession({
  ctx,
  by: { user, caller },
  sessionId,
}: {
  ctx: Context;
  by: DashboardUser;
  sessionId: string;
}): Promise<void> {
  await ctx.store.transaction(async (session) => {
    const ended = await ctx.store.sessions.deleteOne(user.user_id, sessionId, session);
    if (!ended) return;
    const { company_id: companyId } = user;
    await recordChange({ ctx, session, companyId, action: 'user.session_ended', caller });
  });
}

/** Ends all sessions of the signed-in user, the one that asks included. */
export async function signOutEverywhere({
  ctx,
  by: { user, caller },
}: {
  ctx: Context;
  by: DashboardUser;
}): Promise<void> {
  await ctx.store.transaction(async (session) => {
    const ended = await ctx.store.sessions.deleteOfUser(user.user_id, session);
    // Two at once are one.
    if (ended === 0) return;
    const reason = ended === 1 ? '1 session' : `${String(ended)} sessions`;
    const { company_id: companyId } = user;
    const action = 'user.signed_out_everywhere';
    await recordChange({ ctx, session, companyId, action, caller, reason });
  });
}
