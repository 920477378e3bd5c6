import type { Request } from 'express';
import { actorName } from '../../core/audit/actor-name';
import type { ConsentRecord, ConsentSet } from '../../core/consents/effective';
import type { Context } from '../../context';
import { baseUrl } from '../base-url';
import { BAANX_PREFIX } from './baanx-route';

/** A set as it goes over the wire, each consent with its effective status. */
export function setView(set: ConsentSet) {
  return {
    consentSetId: set.id,
    userId: set.user_id,
    policy: set.policy,
    status: set.status,
    consents: set.consents.map((consent) => ({
      consentId: consent.consent_id,
      consentType: consent.set?.type,
      consentStatus: consent.status,
      createdAt: consent.given_at.toISOString(),
    })),
  };
}

/** The record that a revocation added. */
export function revokedView(record: ConsentRecord) {
  return {
    consentId: record._id,
    consentSetId: record.set?.id,
    consentType: record.set?.type,
    consentStatus: record.status,
    revocationTimestamp: record.recorded_at.toISOString(),
  };
}

/** An entry of a user's history. */
export function historyView(record: ConsentRecord) {
  const original = record.version === 0;
  return {
    consentId: record._id,
    consentSetId: record.set?.id,
    consentType: record.set?.type,
    consentStatus: record.status,
    action: original ? 'consent.created' : 'consent.revoked',
    timestamp: record.recorded_at.toISOString(),
    ...(!original && { originalConsentId: record.consent_id }),
    actor: actorName(record.actor),
    reason: record.reason,
    ip: record.ip,
  };
}

/** Links from an answer to its set and to the user's audit log. */
export function links(ctx: Context, request: Request, setId: string, userId: string) {
  return { consentSet: setLink(ctx, request, setId), audit: auditLink(ctx, request, userId) };
}

/** A link to the user's audit log. */
export function auditLink(ctx: Context, request: Request, userId: string) {
  return link(ctx, request, `/user/${encodeURIComponent(userId)}/audit`);
}

function setLink(ctx: Context, request: Request, setId: string) {
  return link(ctx, request, `/consentSet/${setId}`);
}

function link(ctx: Context, request: Request, path: string) {
  return { href: baseUrl(request, ctx.config.publicUrl) + BAANX_PREFIX + path, method: 'GET' };
}

/** The header by which an answer names the requests that it has recorded. */
export const REVOCATION_HEADER = {
  'Rescind-Revocation':
    'The id of the revocation, for `GET /revocations/{reference}/receipt`; several, with commas between them, where many consents were revoked. Not of a repeat.',
};

/** For an answer that has revoked consents. */
export function revocationHeader(ids: string[]): Record<string, string> {
  return ids.length === 0 ? {} : { 'Rescind-Revocation': ids.join(', ') };
}
