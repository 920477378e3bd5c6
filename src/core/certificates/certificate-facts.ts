import type { Context } from '../../context';
import { AppError } from '../../errors';
import { findOrRemoved, removedIds } from '../identifiers/removed-ids';
import { certificateView, type CertificateView } from './certificate-view';

/** What an operator sees of a certificate: nothing that a person said or is called. */
export type CertificateFacts = Pick<
  CertificateView,
  | 'certificate_id'
  | 'company_id'
  | 'property_ref'
  | 'created_timestamp'
  | 'retained_until'
  | 'session_retained_until'
  | 'data'
  | 'cleaned_at'
> & {
  consents_count: number;
  opt_out: Omit<CertificateView['opt_out'], 'reason'>;
};

/**
 * A certificate of any company, by its id in either case. The read is linearizable.
 * @throws AppError certificate_not_found
 */
export async function certificateFacts({
  ctx,
  certificateId,
}: {
  ctx: Context;
  certificateId: string;
}): Promise<CertificateFacts> {
  const stored = await ctx.store.people.idInAnyCase(certificateId);
  const certificate = await findOrRemoved({
    id: stored ?? certificateId,
    removed: (id) => removedIds({ ctx, id }),
    find: ctx.store.certificates.findLinearizable,
  });
  if (!certificate) throw new AppError('certificate_not_found');
  const { consents, opt_out, ...view } = certificateView(certificate);
  return {
    certificate_id: view.certificate_id,
    company_id: view.company_id,
    property_ref: view.property_ref,
    created_timestamp: view.created_timestamp,
    retained_until: view.retained_until,
    session_retained_until: view.session_retained_until,
    data: view.data,
    cleaned_at: view.cleaned_at,
    consents_count: consents.length,
    opt_out: {
      revoke: opt_out.revoke,
      revoked_at: opt_out.revoked_at,
      method: opt_out.method,
      revocation_id: opt_out.revocation_id,
      channels: opt_out.channels,
    },
  };
}
