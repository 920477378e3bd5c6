import { z } from 'zod';
import type { Context } from '../../context';
import { invalid } from '../../errors';
import { HOUR_MS } from '../../lib/durations';
import { newId } from '../../lib/random-ids';
import { openToken, sealToken } from '../../lib/sealed-token';
import { normalizeEmail } from '../identifiers/email';

/** Of the link; whoever asked waits for it. */
export const RESET_LIFE_MS = HOUR_MS;

const requestSchema = z.object({ email: z.string(), ip: z.string(), links_at: z.string() });

/** Who asked for a new password, and what its link begins with. */
export type ResetRequest = z.output<typeof requestSchema>;

const purposeOf = (id: string): string => `reset request ${id}`;

/**
 * Writes down that somebody who forgot their password asks for a link to choose a new one. Whether
 * there is an account is looked up where mails are sent: here, known and unknown emails are treated
 * alike.
 * @param linksAt the secret comes after it
 * @throws AppError invalid_request naming `email`
 */
export async function requestReset({
  ctx,
  email: typed,
  ip,
  linksAt,
}: {
  ctx: Context;
  email: string;
  ip: string;
  linksAt: string;
}): Promise<void> {
  const email = normalizeEmail(typed);
  if (email === null) throw invalid('email', 'must be an email address');
  const id = newId('mail');
  const requested_at = ctx.now();
  const expires_at = new Date(requested_at.getTime() + RESET_LIFE_MS);
  const request: ResetRequest = { email, ip, links_at: linksAt };
  const sealed = sealToken(ctx.config.identifierKeys, purposeOf(id), request, expires_at);
  await ctx.store.transaction((session) =>
    ctx.store.mails.insert(
      {
        _id: id,
        kind: 'reset_request',
        company_id: null,
        invitation_id: null,
        sealed,
        requested_at,
        expires_at,
        enqueued_at: null,
      },
      session,
    ),
  );
  ctx.outbox.recorded('mails', id);
}

/** A request as it was written down; null when none of our keys opens it. */
export function openResetRequest({
  ctx,
  id,
  sealed,
}: {
  ctx: Context;
  id: string;
  sealed: string;
}): ResetRequest | null {
  const opened = openToken(ctx.config.identifierKeys, purposeOf(id), sealed, ctx.now());
  return requestSchema.safeParse(opened).data ?? null;
}
