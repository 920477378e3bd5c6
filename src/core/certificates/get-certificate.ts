import type { Context } from '../../context';
import { AppError } from '../../errors';
import { findOrRemoved, removedIds } from '../identifiers/removed-ids';
import type { ChannelRequest } from '../../store/certificates';
import { certificateView, type CertificateView } from './certificate-view';

/** Which certificate, and whose. */
interface Wanted {
  ctx: Context;
  companyId: string;
  certificateId: string;
}

type WithEvents = CertificateView & { events: unknown };

/**
 * One certificate of a company, revoked or not, with the events of its session's recording. The read
 * is linearizable: what it says of the flag is no older than the call.
 * @throws AppError certificate_not_found, also for another company's
 */
export async function getCertificate(wanted: Wanted): Promise<WithEvents> {
  return (await lookAtCertificate(wanted)).certificate;
}

/**
 * The same, and the requests that opted out of some channels while it was not revoked, oldest first.
 * @throws AppError certificate_not_found
 */
export async function lookAtCertificate({
  ctx,
  companyId,
  certificateId,
}: Wanted): Promise<{ certificate: WithEvents; requests: ChannelRequest[] }> {
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
  return {
    certificate: { ...certificateView(certificate), events },
    requests: certificate.opt_out.requests ?? [],
  };
}
