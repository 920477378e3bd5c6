import type { Context } from '../../context';
import { AppError } from '../../errors';
import { normalizeEmail } from '../identifiers/email';
import type { User } from '../../store/accounts';
import { getTwoStep } from '../two-step/get-two-step';
import { awaitCode } from '../accounts/await-code';
import type { Arrival } from '../accounts/new-session';
import { userAccount } from './user-account';
import { letIn, requireAllowed, type SignedIn } from './let-in';
import { tryPassword } from './try-password';

export type { SignedIn } from './let-in';

/** Email and password are those of accounts at several companies: one has to be chosen. */
export interface SeveralAccounts {
  companies: { company_id: string; name: string }[];
}

/** The account has two-step sign-in on: `giveCode` goes on from here, and nothing is open before. */
export interface CodeWanted {
  /** For a cookie of this browser. */
  pending: string;
}

/**
 * Signs a user in under a new session; the browser's previous one ends. With two-step sign-in that
 * takes a code besides.
 * @param companyId the company to sign in to, where there are several
 * @throws AppError unauthenticated, too_many_requests, ip_not_allowed
 */
export async function signIn({
  ctx,
  email,
  password,
  companyId: chosen,
  ...from
}: Arrival & {
  ctx: Context;
  email: string;
  password: string;
  companyId?: string | undefined;
}): Promise<SignedIn | SeveralAccounts | CodeWanted> {
  const { ip, device } = from;
  const normal = normalizeEmail(email);
  const users =
    normal === null ? [] : await tryPassword({ ctx, email: normal, password, ip, device });
  const user = users.length === 1 ? users[0] : users.find((one) => one.company_id === chosen);
  if (!user && users.length > 0) return severalAccounts(ctx, users);
  if (!user) throw new AppError('unauthenticated');
  if (!(await getTwoStep({ ctx, account: user._id }))) return letIn({ ctx, user, from });
  await requireAllowed({ ctx, companyId: user.company_id, ip });
  const account = userAccount(user);
  return { pending: awaitCode({ ctx, account, passwordHash: user.password_hash }) };
}

async function severalAccounts(ctx: Context, users: User[]): Promise<SeveralAccounts> {
  const companies = await ctx.store.companies.findMany(users.map((user) => user.company_id));
  return { companies: companies.map(({ _id, name }) => ({ company_id: _id, name })) };
}
