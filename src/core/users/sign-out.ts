import { recordChange } from '../audit/record-change';
import type { Context } from '../../context';
import { hashSecret } from '../../lib/random-ids';
import type { DashboardUser } from './session';

/**
 * Ends a session; a copy of its cookie is worth nothing from then on.
 * @param secret of the session that `by` was resumed from
 */
export async function signOut({
  ctx,
  by,
  secret,
}: {
  ctx: Context;
  by: DashboardUser;
  secret: string;
}): Promise<void> {
  const { company, caller } = by;
  await ctx.store.transaction(async (session) => {
    const ended = await ctx.store.sessions.delete(hashSecret(secret), session);
    // Two at once are one sign-out.
    if (!ended) return;
    const action = 'user.signed_out';
    await recordChange({ ctx, session, companyId: company.company_id, action, caller });
  });
}
