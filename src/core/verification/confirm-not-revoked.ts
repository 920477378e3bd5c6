import type { Context } from '../../context';
import { AppError } from '../../errors';
import { findOrRemoved, removedIds, removedSessions } from '../identifiers/removed-ids';

/**
 * Checks the flag again before an earlier answer about a certificate is repeated that is not about
 * a contact: an opt-out of some channels does not refuse it.
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
      : (await findBySession(ctx, companyId, named.sessionId))?._id;
  if (id === undefined) return;
  // Its id may have been replaced since it was found by its session.
  const certificate = await findOrRemoved({
    id,
    removed: (gone) => removedIds({ ctx, id: gone }),
    find: certificates.findLinearizable,
  });
  if (certificate?.company_id === companyId && certificate.opt_out.revoke) {
    throw new AppError('opted_out');
  }
}

function findBySession(ctx: Context, companyId: string, sessionId: string) {
  return findOrRemoved({
    id: sessionId,
    removed: () => removedSessions({ ctx, companyId, sessionId }),
    find: (id) => ctx.store.certificates.findBySession(companyId, [id]),
  });
}
