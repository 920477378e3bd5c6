import type { Context } from '../../context';
import { AppError } from '../../errors';
import { findOrRemoved, removedIds } from '../identifiers/removed-ids';
import type { Company } from '../../store/companies';

/** What is known about a certificate, as it goes over the wire. */
export interface CertificateInfo {
  valid: true;
  certificate_id: string;
  created_timestamp: string;
  has_consents: boolean;
  consent_count: number;
  /** The events of the session's recording. */
  events_combined: Record<string, unknown>;
}

/**
 * Looks up a certificate, free of charge. The read is linearizable: it sees every revocation that
 * was acknowledged before the call.
 * @throws AppError property_not_found, certificate_not_found, opted_out
 */
export async function certificateInfo({
  ctx,
  company,
  propertyId,
  certificateId,
}: {
  ctx: Context;
  company: Company;
  propertyId: string;
  certificateId: string;
}): Promise<CertificateInfo> {
  const [property, certificate, recording] = await Promise.all([
    ctx.store.credentials.findProperty(company._id, propertyId),
    findOrRemoved({
      id: certificateId,
      removed: (id) => removedIds({ ctx, id }),
      find: ctx.store.certificates.findLinearizable,
    }),
    ctx.store.recordings.find(certificateId),
  ]);
  if (!property) throw new AppError('property_not_found');
  if (certificate?.company_id !== company._id) throw new AppError('certificate_not_found');
  if (certificate.opt_out.revoke) throw new AppError('opted_out');
  if (certificate.data === 'removed') throw new AppError('certificate_not_found');
  const events: unknown = JSON.parse(recording?.events_json ?? '{}');
  return {
    valid: true,
    certificate_id: certificate._id,
    created_timestamp: certificate.created_at.toISOString(),
    has_consents: certificate.consents.length > 0,
    consent_count: certificate.consents.length,
    events_combined: Array.isArray(events) ? { events } : (events as Record<string, unknown>),
  };
}
