import { actorName } from '../audit/actor-name';
import { recordChange } from '../audit/record-change';
import { isAllowed } from '../credentials/authenticate';
import { requireCompany } from '../companies/require-company';
import { markDevice } from './known-device';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { normalizeEmail } from '../identifiers/email';
import { hashSecret } from '../../lib/random-ids';
import type { User } from '../../store/accounts';
import { openSession } from './session';
import { tellOfNewDevice } from './tell-of-new-device';
import { tryPassword } from './try-password';

/** The secret of a new session, and the mark of the browser; each for a cookie. */
export interface SignedIn {
  secret: string;
  device: string;
}

/** Email and password are those of accounts at several companies: one has to be chosen. */
export interface SeveralAccounts {
  companies: { company_id: string; name: string }[];
}

/**
 * Signs a user in under a new session; the browser's previous one ends.
 * @param companyId the company to sign in to, where there are several
 * @param previousSecret of the browser's previous session
 * @param device mark of the browser, see `markDevice`
 * @throws AppError unauthenticated, too_many_requests, ip_not_allowed
 */
export async function signIn({
  ctx,
  email,
  password,
  ip,
  companyId: chosen,
  previousSecret,
  device,
}: {
  ctx: Context;
  email: string;
  password: string;
  ip: string;
  companyId?: string | undefined;
  previousSecret?: string | undefined;
  device?: string | undefined;
}): Promise<SignedIn | SeveralAccounts> {
  const normal = normalizeEmail(email);
  const users =
    normal === null ? [] : await tryPassword({ ctx, email: normal, password, ip, device });
  const user = users.length === 1 ? users[0] : users.find((one) => one.company_id === chosen);
  if (!user && users.length > 0) return severalAccounts(ctx, users);
  if (!user) throw new AppError('unauthenticated');
  const companyId = user.company_id;
  const secret = await ctx.store.transaction(async (session) => {
    const company = await requireCompany({ ctx, companyId, session });
    if (!isAllowed(company.ip_allowlist, ip)) throw new AppError('ip_not_allowed');
    if (previousSecret !== undefined) {
      await ctx.store.sessions.delete(hashSecret(previousSecret), session);
    }
    const caller = { actor: { type: 'user', id: user._id }, ip } as const;
    await recordChange({ ctx, session, companyId, action: 'user.signed_in', caller });
    await tellOfNewDevice({ ctx, session, user, ip, device });
    return openSession({ ctx, companyId, userId: user._id, transaction: session });
  });
  const credential = actorName({ type: 'user', id: user._id });
  ctx.access.count({ companyId, event: 'served', credential, ip });
  return { secret, device: markDevice({ ctx, userId: user._id }) };
}

async function severalAccounts(ctx: Context, users: User[]): Promise<SeveralAccounts> {
  const companies = await ctx.store.companies.findMany(users.map((user) => user.company_id));
  return { companies: companies.map(({ _id, name }) => ({ company_id: _id, name })) };
}
