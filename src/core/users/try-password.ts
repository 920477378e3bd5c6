import { recordChange } from '../audit/record-change';
import { olderEmails } from '../identifiers/email';
import { isPassword, NOBODYS_HASH } from './password-hash';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { MINUTE_MS } from '../../lib/durations';
import type { User } from '../../store/accounts';

const MAX_TRIES = 10;
const LOCKED_MS = 15 * MINUTE_MS;

/**
 * Tries a password for an email. Neither answer nor timing shows whether the email has a user:
 * either way attempts are made and counted, and 10 failures lock the email for 15 minutes.
 * @param email normalized
 * @returns the user, or null
 * @throws AppError too_many_requests while the email is locked
 */
export async function tryPassword({
  ctx,
  email,
  password,
  ip,
  now = new Date(),
}: {
  ctx: Context;
  email: string;
  password: string;
  ip: string;
  now?: Date;
}): Promise<User | null> {
  const { accounts, sessions } = ctx.store;
  const key = keyOf(ctx, email);
  const { tries, expires_at } = await sessions.countTry(key, now, MAX_TRIES, LOCKED_MS);
  if (tries > MAX_TRIES) {
    const leftMs = expires_at.getTime() - now.getTime();
    throw new AppError('too_many_requests', { retryAfterSeconds: Math.ceil(leftMs / 1_000) });
  }
  const user = await accounts.findUserByEmail([email, ...olderEmails(email)]);
  const right = await isPassword(password, user?.password_hash ?? NOBODYS_HASH);
  if (user && right) {
    await sessions.forgetTries(key);
    return user;
  }
  if (user && tries === MAX_TRIES) await recordLock(ctx, user, ip);
  return null;
}

/** Unlocks an email. */
export async function forgetTries({ ctx, email }: { ctx: Context; email: string }): Promise<void> {
  await ctx.store.sessions.forgetTries(keyOf(ctx, email));
}

function keyOf(ctx: Context, email: string): string {
  return ctx.identifiers.current('sign_in', email);
}

async function recordLock(ctx: Context, user: User, ip: string): Promise<void> {
  await ctx.store.transaction((session) =>
    recordChange({
      ctx,
      session,
      companyId: user.company_id,
      action: 'user.locked',
      caller: { actor: { type: 'user', id: user._id }, ip },
    }),
  );
}
