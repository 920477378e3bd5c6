import type { Context } from '../../context';
import { derivedBytes } from '../../lib/derived-ids';
import { distinct } from '../../lib/distinct';
import { retryOnDuplicate, type Session } from '../../store';
import type { Channel } from '../../store/certificates';
import type { PortalRequest } from '../../store/portal';
import { digestsOf } from '../identifiers/digests';
import { rememberOptOut } from '../suppressions/remember-opt-out';
import { namesOf, type PersonIdentifier, personOf } from './identifier';
import { recordRequestEntry, type Withdrawn } from './request-entry';
import { type RequestKey, requestKeyOf } from './request-key';

/**
 * Everything, everything at one company, or some of the consents; `everywhere` holds for the whole
 * service and is remembered, whatever is found.
 */
export type PortalScope =
  | { kind: 'all'; everywhere?: true }
  | { kind: 'company'; companyId: string }
  | { kind: 'chosen'; consentIds: string[] };

export interface PortalRevocation {
  ctx: Context;
  identifier: PersonIdentifier;
  scope: PortalScope;
  /** What is opted out of, where it is not everything; see `fewerThanAll`. */
  channels?: Channel[] | undefined;
  /** Names the request, and is a secret: a repeat gives the same result, and revokes nothing again. */
  requestId: string;
  /** How it came in, for the companies' audit. */
  via: string;
  ip: string;
  /** The browser sent Sec-GPC: 1. */
  gpc: boolean;
}

/** A request as it is written down. */
export interface Recorded {
  request: PortalRequest;
  key: RequestKey;
  /** A repeat leaves out what was given after the first try; undefined: this is the first. */
  givenBy: Date | undefined;
}

/**
 * Writes down what a person asks for, with the companies that it concerns, or finds it by its
 * reference number. The log gets an entry for it, and what is to hold for the whole service is remembered, in the same transaction.
 * @param typed the identifier as the person gave it
 */
export async function recordRequest(
  revocation: PortalRevocation,
  typed: PersonIdentifier,
): Promise<Recorded> {
  const { ctx, requestId } = revocation;
  const reference = referenceOf(revocation);
  const key = requestKeyOf({ reference, requestId, identifier: typed });
  return retryOnDuplicate(async () => {
    const recorded = await ctx.store.portal.findRequest(reference);
    if (recorded) return { request: recorded, key, givenBy: recorded.requested_at };
    const request = await ctx.store.transaction((session) => record(revocation, key, session));
    return { request, key, givenBy: undefined };
  });
}

async function record(
  revocation: PortalRevocation,
  key: RequestKey,
  session: Session,
): Promise<PortalRequest> {
  const { ctx, identifier, scope, channels, gpc } = revocation;
  const digests = scope.kind === 'all' && scope.everywhere ? digestsOf(personOf(identifier)) : [];
  const base = { _id: key.reference, requested_at: ctx.now() };
  // Before the look-up: whoever registers this person's consent then waits, or is seen.
  if (digests.length > 0) {
    const request = {
      ...base,
      method: 'consumer_portal' as const,
      ...(channels && { channels }),
    };
    await rememberOptOut({ ctx, session, companyId: null, digests, request });
  }
  const request: PortalRequest = {
    ...base,
    identifier: identifier.kind,
    scope: scope.kind,
    company_ids: await companyIds(revocation, session),
    gpc,
    ...(digests.length > 0 && { everywhere: true }),
  };
  await ctx.store.portal.recordRequest(request, session);
  const withdrawn = await withdrawnBy(revocation, request.company_ids, session);
  await recordRequestEntry({ ctx, session, request, key, channels, withdrawn });
  await ctx.reach('portal.recording');
  return request;
}

/** In the transaction: "nothing found" must not rest on a state that could still be rolled back. */
async function companyIds(
  { ctx, identifier, scope }: PortalRevocation,
  session: Session,
): Promise<string[]> {
  if (scope.kind === 'company') return [scope.companyId];
  const { people, personConsents } = ctx.store;
  const names = namesOf({ ctx, identifier });
  const ids = idsOf(scope);
  const ofCertificates = await people.companyIds(names, ids, session);
  const ofConsents = await personConsents.companyIds(names, ids, session);
  return distinct([...ofCertificates, ...ofConsents]);
}

/** What is in force of what the person has chosen from the list; nothing of those who were shown none. */
async function withdrawnBy(
  { ctx, identifier, scope, channels }: PortalRevocation,
  companyIds: string[],
  session: Session,
): Promise<Withdrawn> {
  const withdrawn: Withdrawn = { certificates: [], consents: [] };
  if (scope.kind !== 'chosen') return withdrawn;
  const { people, personConsents } = ctx.store;
  const names = namesOf({ ctx, identifier });
  const { consentIds: ids } = scope;
  for (const companyId of companyIds) {
    const asked = { names, companyId, ids, channels };
    withdrawn.certificates.push(...(await people.activeAmong(asked, session)));
    // Consents of the Attestr dialect have no channels.
    if (channels) continue;
    const granted = await personConsents.granted(names, { companyId, ids }, ids.length, session);
    withdrawn.consents.push(...granted.map(({ consent_id }) => consent_id));
  }
  return withdrawn;
}

/** The consents that a scope names; null: all. */
export function idsOf(scope: PortalScope): string[] | null {
  return scope.kind === 'chosen' ? scope.consentIds : null;
}

/** A reference that people can read out, such as `RSC-7K2M-9XQD-4T8P`; the same for every repeat. */
function referenceOf({ requestId, scope, channels }: PortalRevocation): string {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  const bytes = derivedBytes([requestId, scope, ...(channels ? [channels] : [])]).subarray(0, 12);
  const letters = Array.from(bytes, (byte) => alphabet[byte % alphabet.length]);
  return `RSC-${letters.join('').replace(/(.{4})(?=.)/g, '$1-')}`;
}
