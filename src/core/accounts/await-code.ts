import { z } from 'zod';
import type { Context } from '../../context';
import { MINUTE_MS } from '../../lib/durations';
import { hashSecret } from '../../lib/random-ids';
import { openToken, sealToken } from '../../lib/sealed-token';
import type { Account } from './account';

/** How long a right password waits for its code. */
export const CODE_AWAITED_MS = 10 * MINUTE_MS;

const awaitedSchema = z.object({
  id: z.string(),
  companyId: z.string().nullable(),
  /** Of the stored hash of the password: with another password it waits no longer. */
  password: z.string(),
});

/** Whose sign-in waits for a code. */
export type Awaited = z.output<typeof awaitedSchema>;

/**
 * Notes, for a cookie, that somebody has given the right password and is to give a code.
 * @returns what only `readAwaited` opens
 */
export function awaitCode({
  ctx,
  account: { kind, id, companyId },
  passwordHash,
}: {
  ctx: Context;
  account: Account;
  passwordHash: string;
}): string {
  const until = new Date(ctx.now().getTime() + CODE_AWAITED_MS);
  const awaited: Awaited = { id, companyId, password: hashSecret(passwordHash) };
  return sealToken(ctx.config.identifierKeys, purposeOf(kind), awaited, until);
}

/** The sign-in that waits for its code; null: none, or it took too long. */
export function readAwaited({
  ctx,
  kind,
  pending,
}: {
  ctx: Context;
  kind: Account['kind'];
  pending: string;
}): Awaited | null {
  const { identifierKeys } = ctx.config;
  const opened = openToken(identifierKeys, purposeOf(kind), pending, ctx.now());
  return awaitedSchema.safeParse(opened).data ?? null;
}

/** Whether the password is still the one that was given. */
export function isSamePassword({ password }: Awaited, passwordHash: string | null): boolean {
  return passwordHash !== null && hashSecret(passwordHash) === password;
}

function purposeOf(kind: Account['kind']): string {
  return `sign-in of a ${kind} that waits for a code`;
}
