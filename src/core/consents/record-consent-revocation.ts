import { AppError } from '../../errors';
import { DAY_MS } from '../../lib/durations';
import { retryOnDuplicate, type Session } from '../../store';
import type { AuditEntry } from '../../store/audit-entries';
import type { RevocationMethod } from '../../store/certificates';
import type { ConsentRevocation } from '../../store/consent-revocations';
import type { ConsentPolicy, ConsentRecord, Dialect } from '../../store/consents';
import { reserveFee } from '../wallet/reserve-fee';
import { handOverEvents, recordEvents } from '../webhooks/record-events';
import { consentsRevokedEvent } from '../webhooks/revocation-events';
import { consentEntry } from './consent-entry';
import { consentRevocationId, idUuid, type Operation } from '../idempotency/operation-ids';
import { newConsentRevocation } from './new-consent-revocation';
import type { ConsentRequest } from './register-consent';

/** No request names more: all of it is one transaction, which has five seconds. */
export const MAX_CONSENTS_PER_REQUEST = 500;

/** Who wants to revoke, how and why; repeating an operation finds what was recorded. */
export interface ConsentRevocationRequest extends ConsentRequest, Operation {
  dialect: Dialect;
  /** How it came in; an API call when left out. */
  method?: RevocationMethod;
  reason?: string | null | undefined;
}

/** What to revoke: the newest versions of up to 1,000 consents that are not revoked yet. */
export interface Targets {
  records: ConsentRecord[];
  impact: ConsentRevocation['impact'];
}

/** A request that revoked something, and the versions that it added. */
export interface RevokedConsents {
  revocation: ConsentRevocation;
  records: ConsentRecord[];
}

/**
 * Revokes consents: the request, a revoked version of each consent, the reservation of the fee and the
 * audit entry are one transaction, on a majority before it returns. Unique version numbers decide races.
 * @param part number of the request within its operation, from 0
 * @param resolve finds what to revoke; called only when nothing is recorded for the operation yet
 * @param feeMicrousd reserved here and debited by the follow-up; in the default region only
 * @returns null when there is nothing to revoke; then nothing is recorded
 * @throws AppError insufficient_balance, or whatever `resolve` throws
 */
export async function recordConsentRevocation(
  request: ConsentRevocationRequest & {
    part: number;
    resolve: (session: Session) => Promise<Targets>;
    feeMicrousd?: number;
  },
): Promise<RevokedConsents | null> {
  const { ctx, region, companyId, caller, part, resolve, feeMicrousd = 0 } = request;
  const store = ctx.store.regions[region];
  const id = consentRevocationId(request, part);
  const revoked = await retryOnDuplicate(() =>
    store.transaction(async (session) => {
      const known = await store.consentRevocations.find(id, session);
      if (known) {
        const records = await store.consents.revokedBy(id, session);
        return { revocation: known, records, isNew: false, eventIds: [] };
      }
      const { records: targets, impact } = await resolve(session);
      if (targets.length === 0) return null;
      if (feeMicrousd > 0) {
        // Wallets are in the default region, and a transaction cannot span both.
        if (region !== 'default') throw new AppError('internal');
        await reserveFee({ ctx, companyId, feeMicrousd, session });
      }
      const revocation = newConsentRevocation({
        _id: id,
        company_id: companyId,
        dialect: request.dialect,
        method: request.method ?? 'api',
        actor: caller.actor,
        ip: caller.ip,
        reason: request.reason ?? null,
        consent_ids: targets.map(({ consent_id }) => consent_id),
        requested_at: ctx.now(),
        impact,
        fee_microusd: feeMicrousd,
      });
      const records = targets.map((target) => revokedVersion(target, revocation));
      await store.consentRevocations.insert(revocation, session);
      await store.consents.insert(records, session);
      await store.audit.append(consentRevocationEntry(revocation), session);
      const told = [consentsRevokedEvent(revocation)];
      const eventIds = await recordEvents({ ctx, region, session, told });
      await ctx.reach('consent.revoking');
      return { revocation, records, isNew: true, eventIds };
    }),
  );
  if (revoked?.isNew) {
    const { method } = revoked.revocation;
    ctx.activity.countRevoked(companyId, method, revoked.records.length);
  }
  if (revoked?.revocation.state === 'recorded') {
    await ctx.reach('consent.revoked');
    const outbox = region === 'us' ? 'usConsentRevocations' : 'consentRevocations';
    ctx.outbox.recorded(outbox, revoked.revocation._id);
    handOverEvents({ ctx, region, ids: revoked.eventIds });
  }
  return revoked;
}

/** The version that revokes a consent; `target` is the one before it. */
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

/** When the consent's own policy cleans it up; the company's policy is read by the sweep instead. */
function dueAt(policy: ConsentPolicy | null | undefined, revokedAt: Date): Date | null {
  if (!policy || policy.action === 'keep') return null;
  return new Date(revokedAt.getTime() + policy.after_days * DAY_MS);
}

/** The audit entry for what a request revoked. */
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
