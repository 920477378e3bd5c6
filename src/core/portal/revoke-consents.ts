import { identifierLookups } from '../identifiers';
import { digestsOf } from '../identifiers/digests';
import { revokePersonConsents } from '../consents/revoke-person-consents';
import type { Caller } from '../../context';
import type { Session } from '../../store';
import { removedIds } from '../identifiers/removed-ids';
import { fewerThanAll } from '../revocations/channels';
import { MAX_CERTIFICATES_PER_REQUEST } from '../revocations/count-flagged';
import {
  recordRevocation,
  type Resolve,
  type RevocationRequest,
} from '../revocations/record-revocation';
import { revokeAllFound } from '../revocations/revoke-by-identifiers';
import type { PortalRequest } from '../../store/portal';
import { asStored, namesOf, personOf } from './identifier';
import type { RequestKey } from './request-key';
import { idsOf, type PortalRevocation, type PortalScope, recordRequest } from './record-request';

export type { PortalScope, RequestKey };

const COMPANIES_AT_ONCE = 5;

export interface PortalResult {
  reference: string;
  requestedAt: Date;
  /** How many certificates and consents this request revoked. */
  revoked: number;
  /** What opens the log's record of it. */
  key: RequestKey;
}

/**
 * Revokes a person's consents at each company: certificates, each company's revocation of which is
 * written down before the first flag is set, and Attestr consents, which are revoked as they are written down. All
 * of it is on a majority before it returns.
 */
export async function revokeConsents(asked: PortalRevocation): Promise<PortalResult> {
  const channels = fewerThanAll(asked.channels);
  const revocation = { ...asked, channels, identifier: await asStored(asked) };
  const { request, key, givenBy } = await recordRequest(revocation, asked.identifier);
  const names = namesOf({ ctx: revocation.ctx, identifier: revocation.identifier });
  const ids = idsOf(revocation.scope);
  const revocations = request.company_ids.map((companyId) =>
    ofCompany(revocation, request, companyId, givenBy),
  );
  await inGroups(revocations, ({ asked, resolve }) =>
    recordRevocation({ ...asked, part: 0, resolve }),
  );
  // Consents of the Attestr dialect have no channels: only an opt-out of everything revokes them.
  const whole = channels ? [] : revocations;
  const consents = await inGroups(whole, ({ asked }) =>
    revokePersonConsents({ ...asked, names, ids, givenBy }),
  );
  const certificates = await inGroups(revocations, async ({ asked, resolve }) => {
    return (await revokeAllFound({ ...asked, resolve })).revoked;
  });
  return {
    reference: request._id,
    requestedAt: request.requested_at,
    key,
    revoked: [...certificates, ...consents].reduce((total, count) => total + count, 0),
  };
}

function ofCompany(
  revocation: PortalRevocation,
  request: PortalRequest,
  companyId: string,
  givenBy: Date | undefined,
) {
  const { ctx, identifier, scope, channels, via, ip, gpc } = revocation;
  const caller: Caller = { actor: { type: 'consumer', id: null }, ip };
  const asked: RevocationRequest = {
    ctx,
    companyId,
    method: 'consumer_portal',
    reason: `${via}, reference ${request._id}${gpc ? ', with Global Privacy Control' : ''}`,
    channels,
    caller,
    operationId: request._id,
    digests: digestsOf(personOf(identifier)),
    ...(scope.kind === 'chosen' && { isRemembered: choseAll(revocation, companyId, scope) }),
  };
  return { asked, resolve: resolver(revocation, companyId, givenBy) };
}

/** Whether nothing of the person stays live at a company: who keeps some consents opts out of none. */
function choseAll(
  { ctx, identifier }: PortalRevocation,
  companyId: string,
  { consentIds }: { consentIds: string[] },
) {
  const { people, personConsents } = ctx.store;
  const names = namesOf({ ctx, identifier });
  return async (session: Session): Promise<boolean> => {
    if (await people.hasActiveBut(names, companyId, consentIds, session)) return false;
    const whose = { companyId, ids: null };
    const granted = await personConsents.granted(names, whose, consentIds.length + 1, session);
    return granted.every(({ consent_id }) => consentIds.includes(consent_id));
  };
}

/** Finds what is still to be revoked at a company. */
function resolver(
  { ctx, identifier, scope, channels }: PortalRevocation,
  companyId: string,
  givenBy: Date | undefined,
): Resolve {
  const { certificates, people } = ctx.store;
  if (scope.kind === 'chosen') {
    const { consentIds } = scope;
    const names = namesOf({ ctx, identifier });
    return (session) =>
      people.activeAmong({ names, companyId, ids: consentIds, channels }, session);
  }
  const { kind, value: id } = identifier;
  const lookups = {
    certificate_ids: kind === 'certificate_id' ? [id, ...removedIds({ ctx, id })] : [],
    ...identifierLookups({ ctx, identifiers: personOf(identifier) }),
  };
  return (session) =>
    certificates.idsByIdentifiers(companyId, lookups, MAX_CERTIFICATES_PER_REQUEST, session, {
      consentedBy: givenBy,
      channels,
    });
}

/** Does the work for all of them, a few at a time. */
async function inGroups<T, R>(all: T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < all.length; from += COMPANIES_AT_ONCE) {
    results.push(...(await Promise.all(all.slice(from, from + COMPANIES_AT_ONCE).map(work))));
  }
  return results;
}
