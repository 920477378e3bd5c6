import { randomBytes, scryptSync } from 'node:crypto';
import type { Context } from '../../../src/context';
import { type DashboardUser, resumeSession } from '../../../src/core/users/session';
import { type SignedIn, signIn } from '../../../src/core/users/sign-in';
import type { User } from '../../../src/store/accounts';
import { newId } from '../../../src/lib/random-ids';
import type { TestCompany } from '../../helpers/company';

export const PASSWORD = 'correct horse battery staple';
export const IP = '192.0.2.7';

/** Costs a hundredth of a real one to try: most tests of users are not about passwords. */
const PASSWORD_HASH = cheapHash(PASSWORD);

/** The stored form of a password, at a cost that is low. */
export function cheapHash(password: string): string {
  const cost = { N: 1_024, r: 8, p: 1 };
  const salt = randomBytes(16);
  const hash = scryptSync(password, salt, 32, cost);
  const bytes = [salt, hash].map((part) => part.toString('base64url'));
  return ['scrypt', cost.N, cost.r, cost.p, ...bytes].join('$');
}

/** Adds a user, with an email of their own unless one is given, to a company. */
export async function makeUser(
  ctx: Context,
  company: TestCompany,
  role: User['role'] = 'admin',
  email = `${role}-${Math.random().toString(36).slice(2)}@${company.id}.example`,
): Promise<{ id: string; email: string }> {
  const id = newId('usr');
  await ctx.store.accounts.insertUser({
    _id: id,
    company_id: company.id,
    email,
    password_hash: PASSWORD_HASH,
    role,
    created_at: new Date(),
  });
  return { id, email };
}

/** Signs a user in; returns the session's secret. */
export async function open(ctx: Context, email: string, password = PASSWORD): Promise<string> {
  return (await enter(ctx, { email, password })).secret;
}

/** Signs a user in from anywhere. */
export async function enter(
  ctx: Context,
  from: { email: string; password?: string; ip?: string; device?: string | undefined },
): Promise<SignedIn> {
  const result = await signIn({ ctx, password: PASSWORD, ip: IP, ...from });
  if (!('secret' in result)) throw new Error('there are several accounts, or a code is wanted');
  return result;
}

/** The user a session's secret belongs to; throws when there is none. */
export async function who(ctx: Context, secret: string): Promise<DashboardUser> {
  const user = await resumeSession({ ctx, secret, ip: IP });
  if (!user) throw new Error('nobody is signed in');
  return user;
}

/** A user who is signed in. */
export async function signedIn(
  ctx: Context,
  company: TestCompany,
  role: User['role'] = 'admin',
): Promise<DashboardUser> {
  const { email } = await makeUser(ctx, company, role);
  return who(ctx, await open(ctx, email));
}

/** The actions in a company's audit log, newest first. */
export async function actions(ctx: Context, company: TestCompany): Promise<string[]> {
  const { items } = await ctx.store.audit.list(company.id, {}, { limit: 100 });
  return items.map((entry) => entry.action);
}
