import { recordChange } from '../audit/record-change';
import { isAllowed } from '../credentials/authenticate';
import { requireCompany } from '../companies/require-company';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { normalizeEmail } from '../identifiers/email';
import { hashSecret } from '../../lib/random-ids';
import { openSession } from './session';
import { tryPassword } from './try-password';

/**
 * Signs a user in under a new session; the browser's previous one ends.
 * @param previousSecret of the browser's previous session
 * @returns the secret of the session, for a cookie
 * @throws AppError unauthenticated, too_many_requests, ip_not_allowed
 */
export async function signIn({
  ctx,
  email,
  password,
  ip,
  previousSecret,
}: {
  ctx: Context;
  email: string;
  password: string;
  ip: string;
  previousSecret?: string | undefined;
}): Promise<string> {
  const normal = normalizeEmail(email);
  const user = normal === null ? null : await tryPassword({ ctx, email: normal, password, ip });
  if (!user) throw new AppError('unauthenticated');
  const companyId = user.company_id;
  return ctx.store.transaction(async (session) => {
    const company = await requireCompany({ ctx, companyId, session });
    if (!isAllowed(company.ip_allowlist, ip)) throw new AppError('ip_not_allowed');
    if (previousSecret !== undefined) {
      await ctx.store.sessions.delete(hashSecret(previousSecret), session);
    }
    const caller = { actor: { type: 'user', id: user._id }, ip } as const;
    await recordChange({ ctx, session, companyId, action: 'user.signed_in', caller });
    return openSession({ ctx, companyId, userId: user._id, transaction: session });
  });
}
