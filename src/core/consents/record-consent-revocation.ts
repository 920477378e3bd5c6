import { AppError } from '../../errors';
import { afterDuplicateAgain, type Session } from '../../store';
import type { AuditEntry } from '../../store/audit-entries';
import type { RevocationMethod } from '../../store/certificates';
import type { ConsentRevocation } from '../../store/consent-revocations';
import type { ConsentPolicy, ConsentRecord, Dialect } from '../../store/consents';
import { reserveFee } from '../wallet/reserve-fee';
import { consentEntry } from './consent-entry';
import { idHex, idUuid } from './operation-ids';
import type { ConsentRequest } from './register-consent';

/** No request names more. */
export const MAX_CONSENTS_PER_REQUEST = 1_000;
const DAY_MS = 86_400_000;

export interface ConsentRevocationRequest extends ConsentRequest {
  dialect: Dialect;
  /** By which way it came; an API call when left out. */
  method?: RevocationMethod;
  reason?: string | null | undefined;
  /** Names the request: a repeat finds what the first try recorded. */
  operationId?: string | undefined;
}

/** What is to be revoked: newest versions of up to 1,000 consents that are not revoked yet. */
export interface Targets {
  records: ConsentRecord[];
  impact: ConsentRevocation['impact'];
}

/** A request that revoked something, and the versions that say so. */
export interface RevokedConsents {
  revocation: ConsentRevocation;
  records: ConsentRecord[];
}

/**
 * Revokes consents: the request, a revoked version of each, the reservation of its fee and the audit
 * entry are one transaction, on a majority before it returns. The unique version decides races.
 * @param part number of the request within one operation, from 0
 * @param resolve called only when nothing is recorded yet under the operation
 * @param feeMicrousd reserved here and debited by the follow-up; of the default region only
 * @returns null when there is nothing to revoke: that is no revocation
 * @throws AppError insufficient_balance, or whatever `resolve` throws
 */
export async function recordConsentRevocation(
  request: ConsentRevocationRequest & {
    part: number;
    resolve: (session: Session) => Promise<Targets>;
    feeMicrousd?: number;
  },
): Promise<RevokedConsents | null> {
  const { part, resolve, feeMicrousd = 0 } = request;
  const { ctx, region, companyId } = request;
  const store = ctx.store.regions[region];
  const id = `crv_${idHex(request, `revocation ${String(part)}`)}`;
  const revoked = await afterDuplicateAgain(() =>
    store.transaction(async (session) => {
      const known = await store.consentRevocations.find(id, session);
      if (known) {
        return { revocation: known, records: await store.consents.revokedBy(id, session) };
      }
      const { records: targets, impact } = await resolve(session);
      if (targets.length === 0) return null;
      if (feeMicrousd > 0) {
        // Wallets are of the default region, and a transaction cannot span both.
        if (region !== 'default') throw new AppError('internal');
        await reserveFee({ ctx, companyId, feeMicrousd, session });
      }
      const revocation = newConsentRevocation(request, id, targets, impact, feeMicrousd);
      const records = targets.map((target) => revokedVersion(target, revocation));
      await store.consentRevocations.insert(revocation, session);
      await store.consents.insert(records, session);
      await store.audit.append(consentRevocationEntry(revocation), session);
      await ctx.reach('consent.revoking');
      return { revocation, records };
    }),
  );
  if (revoked?.revocation.state === 'recorded') {
    await ctx.reach('consent.revoked');
    const outbox = region === 'us' ? 'usConsentRevocations' : 'consentRevocations';
    ctx.outbox.recorded(outbox, revoked.revocation._id);
  }
  return revoked;
}

function newConsentRevocation(
  request: ConsentRevocationRequest,
  id: string,
  targets: ConsentRecord[],
  impact: ConsentRevocation['impact'],
  fee_microusd: number,
): ConsentRevocation {
  return {
    _id: id,
    company_id: request.companyId,
    dialect: request.dialect,
    consent_ids: targets.map(({ consent_id }) => consent_id),
    method: request.method ?? 'api',
    ...request.caller,
    reason: request.reason ?? null,
    requested_at: new Date(),
    impact,
    fee_microusd,
    state: 'recorded',
    completed_at: null,
    enqueued_at: null,
  };
}

/** The version of a consent from which on it is revoked; `target` is the one before. */
export function revokedVersion(
  target: ConsentRecord,
  revocation: ConsentRevocation,
): ConsentRecord {
  const { _id: operationId, company_id: companyId, actor, ip, reason } = revocation;
  return {
    ...target,
    _id: idUuid({ companyId, operationId }, target.consent_id),
    version: target.version + 1,
    status: 'revoked',
    recorded_at: revocation.requested_at,
    actor,
    ip,
    reason,
    revocation_id: revocation._id,
    policy_due_at: dueAt(target.terms?.retention_policy, revocation.requested_at),
  };
}

/** When a policy of the consent's own is to clean it; the company's policy is asked when it is due. */
function dueAt(policy: ConsentPolicy | null | undefined, revokedAt: Date): Date | null {
  if (!policy || policy.action === 'keep') return null;
  return new Date(revokedAt.getTime() + policy.after_days * DAY_MS);
}

/** The audit entry that names what a request revoked. */
export function consentRevocationEntry(revocation: ConsentRevocation): AuditEntry {
  const { _id, company_id, consent_ids, method, actor, ip, reason, requested_at } = revocation;
  return consentEntry({
    entryId: `${_id}.0`,
    companyId: company_id,
    action: 'consent.revoked',
    method,
    caller: { actor, ip },
    consents: consent_ids,
    reason,
    at: requested_at,
  });
}
