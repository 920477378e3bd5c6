import type { Account } from '../accounts/account';
import { companyView, type CompanyView } from '../companies/company-view';
import { isAllowed } from '../credentials/authenticate';
import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { hashSecret, newSecret } from '../../lib/random-ids';
import type { Session } from '../../store';
import type { PasswordNotice, User } from '../../store/accounts';
import {
  type CurrentSession,
  currentSession,
  newSession,
  type Origin,
} from '../accounts/new-session';
import { extended } from '../accounts/session-life';
import { userAccount } from './user-account';

/** A user who is signed in to their company's dashboard. */
export interface DashboardUser {
  user: {
    user_id: string;
    company_id: string;
    email: string;
    role: User['role'];
    /** That somebody tried many wrong passwords, until it is put away. */
    notice: PasswordNotice | null;
    /** In which they see times; null: that of their browser. */
    time_zone: string | null;
  };
  account: Account;
  company: CompanyView;
  caller: Caller;
  session: CurrentSession;
  /** What every form of this session must contain; no other site can know it. */
  formToken: string;
}

/**
 * Opens a session under a new secret, in the transaction of the change that led to it.
 * @returns the secret, which is for the person's cookie only
 */
export async function openSession({
  ctx,
  companyId,
  userId,
  from,
  transaction,
}: {
  ctx: Context;
  companyId: string;
  userId: string;
  from: Origin;
  transaction: Session;
}): Promise<string> {
  const secret = newSecret('rescind_ses');
  const session = newSession({ ctx, secret, from });
  const whose = { company_id: companyId, user_id: userId };
  await ctx.store.sessions.insert({ ...session, ...whose }, transaction);
  return secret;
}

/**
 * Finds who a session's secret belongs to, anew for every request, so that a withdrawn role is gone
 * at once.
 * @returns null when the session has ended
 * @throws AppError ip_not_allowed
 */
export async function resumeSession({
  ctx,
  secret,
  ip,
  now = ctx.now(),
}: {
  ctx: Context;
  secret: string;
  ip: string;
  now?: Date;
}): Promise<DashboardUser | null> {
  const { accounts, companies, sessions } = ctx.store;
  const session = await sessions.find(hashSecret(secret), now);
  if (!session) return null;
  const { _id: sessionId, company_id, user_id } = session;
  const [user, company] = await Promise.all([
    accounts.findUser(company_id, user_id),
    companies.find(company_id),
  ]);
  if (!user || !company) return null;
  if (!isAllowed(company.ip_allowlist, ip)) throw new AppError('ip_not_allowed');
  const more = extended(session, now);
  if (more) await sessions.touch(sessionId, more.before, now, ip, more.until);
  const caller: Caller = { actor: { type: 'user', id: user_id }, ip };
  return {
    user: {
      user_id,
      company_id,
      email: user.email,
      role: user.role,
      notice: user.password_notice ?? null,
      time_zone: user.time_zone ?? null,
    },
    account: userAccount(user),
    company: companyView(company),
    caller,
    session: currentSession(session),
    formToken: hashSecret(`form\0${secret}`),
  };
}
