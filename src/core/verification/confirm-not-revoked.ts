import type { Context } from '../../context';
import { AppError } from '../../errors';

/**
 * Checks the flag again before an earlier answer about a certificate is repeated.
 * @throws AppError opted_out when it was revoked since
 */
export async function confirmNotRevoked({
  ctx,
  companyId,
  ...named
}: {
  ctx: Context;
  companyId: string;
} & ({ certificateId: string } | { sessionId: string })): Promise<void> {
  const { certificates } = ctx.store;
  const id =
    'certificateId' in named
      ? named.certificateId
      : (await certificates.findBySession(companyId, named.sessionId))?._id;
  const certificate = id === undefined ? null : await certificates.findLinearizable(id);
  if (certificate?.company_id === companyId && certificate.opt_out.revoke) {
    throw new AppError('opted_out');
  }
}
