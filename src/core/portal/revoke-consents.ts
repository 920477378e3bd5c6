import { identifierLookups } from '../identifiers';
import { digestsOf } from '../identifiers/digests';
import { revokePersonConsents } from '../consents/revoke-person-consents';
import type { Caller, Context } from '../../context';
import { derivedBytes } from '../../lib/derived-ids';
import { distinct } from '../../lib/distinct';
import { removedIds } from '../identifiers/removed-ids';
import { MAX_CERTIFICATES_PER_REQUEST } from '../revocations/count-flagged';
import {
  recordRevocation,
  type Resolve,
  type RevocationRequest,
} from '../revocations/record-revocation';
import { revokeAllFound } from '../revocations/revoke-by-identifiers';
import type { PortalRequest } from '../../store/portal';
import { asStored, namesOf, personOf, type PersonIdentifier } from './identifier';

const COMPANIES_AT_ONCE = 5;

/** Everything, everything at one company, or some of the consents. */
export type PortalScope =
  | { kind: 'all' }
  | { kind: 'company'; companyId: string }
  | { kind: 'chosen'; consentIds: string[] };

export interface PortalRevocation {
  ctx: Context;
  identifier: PersonIdentifier;
  scope: PortalScope;
  /** Names the request: a repeat gives the same result, and revokes nothing again. */
  requestId: string;
  /** How it came in, for the companies' audit. */
  via: string;
  ip: string;
  /** The browser sent Sec-GPC: 1. */
  gpc: boolean;
}

export interface PortalResult {
  reference: string;
  requestedAt: Date;
  /** How many certificates and consents this request revoked. */
  revoked: number;
}

/**
 * Revokes a person's consents at each company: certificates, each company's revocation of which is
 * written down before the first flag is set, and Attestr consents, which are revoked as they are written down. All
 * of it is on a majority before it returns.
 */
export async function revokeConsents(asked: PortalRevocation): Promise<PortalResult> {
  const revocation = { ...asked, identifier: await asStored(asked) };
  const { request, givenBy } = await recordRequest(revocation);
  const names = namesOf({ ctx: revocation.ctx, identifier: revocation.identifier });
  const ids = idsOf(revocation.scope);
  const revocations = request.company_ids.map((companyId) =>
    ofCompany(revocation, request, companyId, givenBy),
  );
  await inGroups(revocations, ({ asked, resolve }) =>
    recordRevocation({ ...asked, part: 0, resolve }),
  );
  const consents = await inGroups(revocations, ({ asked }) =>
    revokePersonConsents({ ...asked, names, ids, givenBy }),
  );
  const certificates = await inGroups(revocations, async ({ asked, resolve }) => {
    return (await revokeAllFound({ ...asked, resolve })).revoked;
  });
  return {
    reference: request._id,
    requestedAt: request.requested_at,
    revoked: [...certificates, ...consents].reduce((total, count) => total + count, 0),
  };
}

interface Recorded {
  request: PortalRequest;
  /** A repeat leaves out what was given after the first try; undefined: this is the first. */
  givenBy: Date | undefined;
}

async function recordRequest(revocation: PortalRevocation): Promise<Recorded> {
  const { ctx, identifier, scope, gpc } = revocation;
  const reference = referenceOf(revocation);
  const recorded = await ctx.store.portal.findRequest(reference);
  if (recorded) return { request: recorded, givenBy: recorded.requested_at };
  const request = await ctx.store.portal.recordRequest({
    _id: reference,
    requested_at: ctx.now(),
    identifier: identifier.kind,
    scope: scope.kind,
    company_ids: await companyIds(revocation),
    gpc,
  });
  return { request, givenBy: undefined };
}

/** Null: all. */
function idsOf(scope: PortalScope): string[] | null {
  return scope.kind === 'chosen' ? scope.consentIds : null;
}

function companyIds({ ctx, identifier, scope }: PortalRevocation): Promise<string[]> | string[] {
  if (scope.kind === 'company') return [scope.companyId];
  const { people, personConsents } = ctx.store;
  const names = namesOf({ ctx, identifier });
  const ids = idsOf(scope);
  // In a transaction: "nothing found" must not rest on a state that could still be rolled back.
  return ctx.store.transaction(async (session) => {
    const ofCertificates = await people.companyIds(names, ids, session);
    const ofConsents = await personConsents.companyIds(names, ids, session);
    return distinct([...ofCertificates, ...ofConsents]);
  });
}

function ofCompany(
  revocation: PortalRevocation,
  request: PortalRequest,
  companyId: string,
  givenBy: Date | undefined,
) {
  const { ctx, identifier, scope, via, ip, gpc } = revocation;
  const caller: Caller = { actor: { type: 'consumer', id: null }, ip };
  const asked: RevocationRequest = {
    ctx,
    companyId,
    method: 'consumer_portal',
    reason: `${via}, reference ${request._id}${gpc ? ', with Global Privacy Control' : ''}`,
    caller,
    operationId: request._id,
    // Who chooses some consents keeps the others.
    ...(scope.kind !== 'chosen' && { digests: digestsOf(personOf(identifier)) }),
  };
  return { asked, resolve: resolver(revocation, companyId, givenBy) };
}

/** Finds what is still to be revoked at a company. */
function resolver(
  { ctx, identifier, scope }: PortalRevocation,
  companyId: string,
  givenBy: Date | undefined,
): Resolve {
  const { certificates, people } = ctx.store;
  if (scope.kind === 'chosen') {
    const { consentIds } = scope;
    const names = namesOf({ ctx, identifier });
    return (session) => people.activeAmong(names, companyId, consentIds, session);
  }
  const { kind, value: id } = identifier;
  const lookups = {
    certificate_ids: kind === 'certificate_id' ? [id, ...removedIds({ ctx, id })] : [],
    ...identifierLookups({ ctx, identifiers: personOf(identifier) }),
  };
  return (session) =>
    certificates.idsByIdentifiers(companyId, lookups, MAX_CERTIFICATES_PER_REQUEST, session, {
      consentedBy: givenBy,
    });
}

/** A reference that people can read out, such as `RSC-7K2M-9XQD-4T8P`; the same for every repeat. */
function referenceOf({ requestId, scope }: PortalRevocation): string {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  const bytes = derivedBytes([requestId, scope]).subarray(0, 12);
  const letters = Array.from(bytes, (byte) => alphabet[byte % alphabet.length]);
  return `RSC-${letters.join('').replace(/(.{4})(?=.)/g, '$1-')}`;
}

/** Does the work for all of them, a few at a time. */
async function inGroups<T, R>(all: T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < all.length; from += COMPANIES_AT_ONCE) {
    results.push(...(await Promise.all(all.slice(from, from + COMPANIES_AT_ONCE).map(work))));
  }
  return results;
}
