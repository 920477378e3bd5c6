import { z } from 'zod';
import type { Context } from '../../context';
import { newId } from '../../lib/random-ids';
import { openToken, sealToken } from '../../lib/sealed-token';
import { type PersonIdentifier, readEmail } from './identifier';
import { type PortalResult, revokeConsents } from './revoke-consents';

const PURPOSE = 'one-click';

const schema = z.object({
  c: z.string(),
  k: z.enum(['email', 'mobile', 'certificate_id']),
  v: z.string(),
  t: z.string().optional(),
});

/** The person and the company that a one-click link is for. */
export interface LinkTarget {
  companyId: string;
  identifier: PersonIdentifier;
}

/** Makes the token of a one-click link. It never expires: emails are opened years later. */
export function makeLink({ ctx, companyId, identifier }: LinkTarget & { ctx: Context }): string {
  const value = { c: companyId, k: identifier.kind, v: identifier.value, t: identifier.typed };
  return sealToken(ctx.config.identifierKeys, PURPOSE, value, null);
}

/** What a one-click link is for; null when it is not one of ours. */
export function openLink({ ctx, token }: { ctx: Context; token: string }): LinkTarget | null {
  const parsed = schema.safeParse(openToken(ctx.config.identifierKeys, PURPOSE, token, ctx.now()));
  if (!parsed.success) return null;
  const { c: companyId, k: kind, v: value, t: typed = value } = parsed.data;
  // What is normal may have changed since the link was made.
  const email = kind === 'email' ? readEmail(typed) : null;
  return { companyId, identifier: email ?? { kind, value } };
}

/** Revokes what the link covers at this moment: a later click covers later consent, too. */
export function revokeByLink({
  ctx,
  target,
  ip,
  gpc,
}: {
  ctx: Context;
  target: LinkTarget;
  ip: string;
  gpc: boolean;
}): Promise<PortalResult> {
  return revokeConsents({
    ctx,
    identifier: target.identifier,
    scope: { kind: 'company', companyId: target.companyId },
    requestId: newId('portal'),
    via: 'One-click unsubscribe',
    ip,
    gpc,
  });
}
