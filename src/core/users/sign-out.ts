import { recordChange } from '../audit/record-change';
import type { Context } from '../../context';
import type { DashboardUser } from './session';

/** Ends the session; copies of its cookie stop working. */
export async function signOut({ ctx, by }: { ctx: Context; by: DashboardUser }): Promise<void> {
  const { company, caller, sessionId } = by;
  await ctx.store.transaction(async (session) => {
    const ended = await ctx.store.sessions.delete(sessionId, session);
    // Two at once are one sign-out.
    if (!ended) return;
    const action = 'user.signed_out';
    await recordChange({ ctx, session, companyId: company._id, action, caller });
  });
}
