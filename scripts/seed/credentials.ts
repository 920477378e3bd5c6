import type { Context } from '../../src/context';
import { createToken } from '../../src/core/credentials/create-token';
import { addUser } from '../../src/core/users/add-user';
import { isPassword } from '../../src/core/users/password-hash';
import { AppError } from '../../src/errors';
import { hashSecret, newSecret } from '../../src/lib/random-ids';
import { SCOPES } from '../../src/store/credentials';
import { keptSecret, readSecret, replaceSecret } from '../services/secrets';
import { USER_EMAIL, VIEWER_EMAIL } from './company';
import { COMPANY_ID, OPERATOR } from './past';

/** Files in the folder in which `npm start` keeps what it made. */
const TOKEN = 'demo-token';
const PASSWORD = 'demo-password';

/** A new password for the demo's people. */
export const newPassword = (): string => newSecret('demo');

/** The password that is kept in a folder; a new one where there is none. */
export function keptPassword(dir: string): Promise<string> {
  return keptSecret(dir, PASSWORD, newPassword);
}

/**
 * A token of the demo company that works: the kept one or, where that has been revoked or is unknown to the
 * database, a new one, which takes its place.
 * @param dir where it is kept; null: nowhere
 */
export async function ensureToken({
  ctx,
  dir,
}: {
  ctx: Context;
  dir: string | null;
}): Promise<string> {
  const kept = dir === null ? null : await readSecret(dir, TOKEN);
  if (kept !== null && (await isLive(ctx, kept))) return kept;
  const { token } = await createToken({
    ctx,
    companyId: COMPANY_ID,
    caller: OPERATOR,
    input: { label: 'Demo token' },
  });
  if (dir !== null) await replaceSecret(dir, TOKEN, token);
  return token;
}

async function isLive(ctx: Context, secret: string): Promise<boolean> {
  const [token] = await ctx.store.credentials.tokensByHash([hashSecret(secret)]);
  if (token?.company_id !== COMPANY_ID || token.revoked_at) return false;
  if (token.expires_at && token.expires_at <= ctx.now()) return false;
  return SCOPES.every((scope) => token.scopes?.includes(scope));
}

/** Who of the demo's people has the password, now. */
export interface People {
  /** Null: somebody has chosen another one. */
  user_password: string | null;
  viewer_email: string | null;
}

/**
 * Finds out whose password it is. The first user is made where there is none, as in older databases.
 * @param password null: none is known, and a user who has to be made gets a new one
 */
export async function ensurePeople({
  ctx,
  password,
}: {
  ctx: Context;
  password: string | null;
}): Promise<People> {
  const [user, viewer] = await Promise.all([
    findUser(ctx, USER_EMAIL),
    findUser(ctx, VIEWER_EMAIL),
  ]);
  if (!user) return { user_password: await addFirst(ctx, password), viewer_email: null };
  if (password === null) return { user_password: null, viewer_email: null };
  const [isUsers, isViewers] = await Promise.all([
    isPassword(password, user.password_hash),
    viewer ? isPassword(password, viewer.password_hash) : false,
  ]);
  if (!isUsers) return { user_password: null, viewer_email: null };
  return { user_password: password, viewer_email: isViewers ? VIEWER_EMAIL : null };
}

function findUser(ctx: Context, email: string) {
  return ctx.store.accounts.findUserByEmail(COMPANY_ID, [email]);
}

async function addFirst(ctx: Context, known: string | null): Promise<string | null> {
  const password = known ?? newPassword();
  const input = { email: USER_EMAIL, password, role: 'admin' } as const;
  try {
    await addUser({ ctx, companyId: COMPANY_ID, caller: OPERATOR, input });
    return password;
  } catch (error) {
    // Another machine that starts at the same time was faster.
    if (error instanceof AppError && error.code === 'already_exists') return null;
    throw error;
  }
}
