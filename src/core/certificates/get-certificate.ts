import type { Context } from '../../context';
import { AppError } from '../../errors';
import { findOrRemoved, removedIds } from '../identifiers/removed-ids';
import { certificateView, type CertificateView } from './certificate-view';

/**
 * One certificate of a company, revoked or not, with the events of its session's recording. The read
 * is linearizable: what it says of the flag is no older than the call.
 * @throws AppError certificate_not_found, also for another company's
 */
export async function getCertificate({
  ctx,
  companyId,
  certificateId,
}: {
  ctx: Context;
  companyId: string;
  certificateId: string;
}): Promise<CertificateView & { events: unknown }> {
  const [certificate, recording] = await Promise.all([
    findOrRemoved({
      id: certificateId,
      removed: (id) => removedIds({ ctx, id }),
      find: ctx.store.certificates.findLinearizable,
    }),
    ctx.store.recordings.find(certificateId),
  ]);
  if (certificate?.company_id !== companyId) throw new AppError('certificate_not_found');
  const events: unknown = JSON.parse(recording?.events_json ?? '{}');
  return { ...certificateView(certificate), events };
}
