import type { Session } from '../../store';
import type { ConsentRecord } from '../../store/consents';
import { newId } from '../../lib/random-ids';
import { newConsentRevocation } from './new-consent-revocation';
import { consentRevocationEntry, revokedVersion } from './record-consent-revocation';
import type { ConsentRequest } from './register-consent';

/**
 * Revokes a consent in the transaction that registers it; the revocation is written down as completed.
 * @returns the revoked version
 */
export async function bornRevoked({
  request: { ctx, region, companyId, caller },
  record,
  session,
}: {
  request: ConsentRequest;
  record: ConsentRecord;
  session: Session;
}): Promise<ConsentRecord> {
  const store = ctx.store.regions[region];
  const revocation = newConsentRevocation({
    _id: newId('crv'),
    company_id: companyId,
    dialect: record.dialect,
    method: 'standing',
    actor: caller.actor,
    ip: caller.ip,
    reason: null,
    consent_ids: [record.consent_id],
    requested_at: record.recorded_at,
    state: 'completed',
    completed_at: record.recorded_at,
  });
  const revoked = revokedVersion(record, revocation);
  await store.consentRevocations.insert(revocation, session);
  await store.consents.insert([revoked], session);
  await store.audit.append(consentRevocationEntry(revocation), session);
  return revoked;
}
