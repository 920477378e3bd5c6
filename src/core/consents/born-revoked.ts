import type { Session } from '../../store';
import type { ConsentRecord } from '../../store/consents';
import { CHANNELS } from '../../store/certificates';
import { objectionsAtBirth } from '../suppressions/objections';
import { newId } from '../../lib/random-ids';
import { recordEvents } from '../webhooks/record-events';
import { afterBirth, consentsRevokedEvent } from '../webhooks/revocation-events';
import { newConsentRevocation } from './new-consent-revocation';
import { consentRevocationEntry, revokedVersion } from './record-consent-revocation';
import type { ConsentRequest } from './register-consent';

/**
 * Whether somebody has opted out of everything that consent of this dialect could hold for.
 * @param person see `objectionsAtBirth`
 */
export async function isObjectedTo(
  person: Parameters<typeof objectionsAtBirth>[0],
): Promise<boolean> {
  // It is for all channels: whoever leaves one open has not opted out of it.
  return (await objectionsAtBirth(person)).length === CHANNELS.length;
}

/**
 * Revokes a consent in the transaction that registers it, or has it name somebody else; the revocation
 * is written down as completed.
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
  const told = afterBirth([consentsRevokedEvent(revocation)]);
  await recordEvents({ ctx, region, session, told });
  return revoked;
}
