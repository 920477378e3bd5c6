import { actorName } from '../audit/actor-name';
import { recordChange } from '../audit/record-change';
import { requireCompany } from '../companies/require-company';
import type { Context } from '../../context';
import { isAllowed } from '../credentials/authenticate';
import { AppError } from '../../errors';
import { hashSecret } from '../../lib/random-ids';
import type { Session } from '../../store';
import type { User } from '../../store/accounts';
import { markDevice } from '../accounts/known-device';
import type { Arrival } from '../accounts/new-session';
import { openSession } from './session';
import { tellOfNewDevice } from './tell-of-new-device';

/** The secret of a new session, and the mark of the browser; each for a cookie. */
export interface SignedIn {
  secret: string;
  device: string;
}

/**
 * Opens a session for somebody who has shown who they are; the browser's previous one ends.
 * @param prove what else they have to show, in the same transaction; returns what the audit log says of it
 * @throws AppError ip_not_allowed; what `prove` throws
 */
export async function letIn({
  ctx,
  user,
  from,
  prove,
}: {
  ctx: Context;
  user: User;
  from: Arrival;
  prove?: (session: Session) => Promise<string>;
}): Promise<SignedIn> {
  const { _id: userId, company_id: companyId } = user;
  const { ip, previousSecret, device } = from;
  const secret = await ctx.store.transaction(async (session) => {
    await requireAllowed({ ctx, companyId, ip, session });
    const reason = await prove?.(session);
    if (previousSecret !== undefined) {
      await ctx.store.sessions.delete(hashSecret(previousSecret), session);
    }
    const caller = { actor: { type: 'user', id: userId }, ip } as const;
    const action = 'user.signed_in';
    await recordChange({ ctx, session, companyId, action, caller, reason });
    await tellOfNewDevice({ ctx, session, user, ip, device });
    return openSession({ ctx, companyId, userId, from, transaction: session });
  });
  const credential = actorName({ type: 'user', id: userId });
  ctx.access.count({ companyId, event: 'served', credential, ip });
  return { secret, device: markDevice({ ctx, userId }) };
}

/**
 * Asks the company's IP allowlist.
 * @throws AppError ip_not_allowed, company_not_found
 */
export async function requireAllowed({
  ctx,
  companyId,
  ip,
  session,
}: {
  ctx: Context;
  companyId: string;
  ip: string;
  session?: Session;
}): Promise<void> {
  const company = await requireCompany({ ctx, companyId, session });
  if (!isAllowed(company.ip_allowlist, ip)) throw new AppError('ip_not_allowed');
}
