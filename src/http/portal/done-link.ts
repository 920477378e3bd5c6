import type { Request } from 'express';
import { z } from 'zod';
import type { Context } from '../../context';
import { CHANNELS } from '../../core/certificates/certificate-view';
import type { PersonIdentifier } from '../../core/portal/identifier';
import type { PortalResult } from '../../core/portal/revoke-consents';
import { DAY_MS } from '../../lib/durations';
import { openToken, sealToken } from '../../lib/sealed-token';
import type { PageCall, Redirect } from '../pages/page-router';
import type { Channel } from './channels';

const PURPOSE = 'portal done';
/** How long the last page can be opened again. */
const LIFE_MS = 30 * DAY_MS;

const schema = z.object({
  reference: z.string(),
  /** Milliseconds since 1970. */
  at: z.number(),
  /** How many consents were revoked; null for people who were shown nothing. */
  count: z.number().nullable(),
  /** The person was told that nothing was found, and had the choice remembered. */
  remembered: z.boolean().default(false),
  /** The company that a link named, where nothing else was revoked. */
  companyId: z.string().nullable().default(null),
  /** What was opted out of; null: everything. */
  channels: z.array(z.enum(CHANNELS)).nullable().default(null),
  /** What opens the log's record of it; null: a link of an earlier release. */
  key: z.object({ salt: z.string(), identifier: z.string() }).nullable().default(null),
  /** The email that was opted out, if it was one: the receipt can be sent there. */
  email: z.string().nullable().default(null),
});
/** What a link to the last page says was done; it travels in the link, sealed. */
export type Done = z.output<typeof schema>;

/**
 * Leads to the last page, which survives a reload and names no person.
 * @param done.counted whether the person may know how many there were
 * @param done.remembered whether the person was told that there were none
 * @param done.companyId the company that a link named, where nothing else was revoked
 * @param done.channels null: all
 * @param done.identifier what was opted out
 */
export function toDone(
  ctx: Context,
  { link }: PageCall,
  {
    result,
    counted,
    remembered = false,
    companyId,
    channels,
    identifier: { kind, value: named },
  }: {
    result: PortalResult;
    counted: boolean;
    remembered?: boolean;
    companyId: string | null;
    channels: Channel[] | null;
    identifier: PersonIdentifier;
  },
): Redirect {
  const { reference, requestedAt, revoked, key } = result;
  const { salt, identifier } = key;
  const count = counted ? revoked : null;
  const value: Done = {
    reference,
    at: requestedAt.getTime(),
    count,
    remembered,
    companyId,
    channels,
    key: { salt, identifier },
    email: kind === 'email' ? named : null,
  };
  const until = new Date(ctx.now().getTime() + LIFE_MS);
  const token = sealToken(ctx.config.identifierKeys, PURPOSE, value, until);
  return { redirect: link(`/opt-out/done/${token}`) };
}

/** What the link says was done; null: it is none of ours, or too old. */
export function openDone(ctx: Context, { params }: Request): Done | null {
  const token = typeof params.token === 'string' ? params.token : '';
  const opened = schema.safeParse(openToken(ctx.config.identifierKeys, PURPOSE, token, ctx.now()));
  return opened.success ? opened.data : null;
}
