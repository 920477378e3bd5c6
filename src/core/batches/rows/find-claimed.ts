import type { Context } from '../../../context';
import type { Session } from '../../../store';
import type { Batch } from '../../../store/batches';
import type { NamedCertificate } from '../../../store/certificate-revoking';
import { CHANNELS } from '../../../store/certificates';
import { partId } from '../../../store/revocations';
import { Claimed, isByChannel } from './claims';

/**
 * What rows before `firstRow` claimed of these certificates. What this batch itself revoked is told by
 * the flags, and what others had revoked by then is remembered.
 */
export async function findClaimed({
  ctx,
  batch,
  certificates,
  firstRow,
  session,
}: {
  ctx: Context;
  batch: Batch;
  certificates: NamedCertificate[];
  firstRow: number;
  session: Session;
}): Promise<Claimed> {
  const claimed = new Claimed();
  const byChannel = isByChannel(batch);
  const ownPrefix = `${batch._id}.`;
  const firstOwn = partId(batch._id, firstRow, 0);
  // The dash before the page number sorts before every digit in ASCII.
  const isEarlier = (id: string): boolean => id.startsWith(ownPrefix) && id < firstOwn;
  const completed: { id: string; by: string }[] = [];
  const others: string[] = [];
  for (const { _id: id, opt_out } of certificates) {
    const { revoke, revocation_id: by, channels = [], requests = [] } = opt_out;
    for (const request of requests) {
      if (isEarlier(request.revocation_id)) claimed.add({ id, channels: request.channels });
    }
    if (by !== null && isEarlier(by)) {
      if (channels.length === CHANNELS.length) completed.push({ id, by });
      else claimed.add({ id, channels: CHANNELS });
    }
    const isOwn = by?.startsWith(ownPrefix) ?? false;
    const isOthers = byChannel ? revoke || channels.length > 0 : revoke && !isOwn;
    if (isOthers || batch.dry_run) others.push(id);
  }
  for (const claim of await claimsOfLast(ctx, completed, session)) claimed.add(claim);
  if (others.length > 0) {
    const scope = { batchId: batch._id, run: batch.run, beforeRow: firstRow };
    const found = await ctx.store.batchRows.findClaimed(scope, others, byChannel, session);
    for (const claim of found) claimed.add(claim);
  }
  return claimed;
}

/** Where a request opted out of the last channels, only the request itself tells which these were. */
async function claimsOfLast(
  ctx: Context,
  completed: { id: string; by: string }[],
  session: Session,
) {
  if (completed.length === 0) return [];
  const requests = completed.map(({ by }) => by);
  const channelsOf = await ctx.store.revocations.channelsOf(requests, session);
  return completed.map(({ id, by }) => ({ id, channels: channelsOf.get(by) ?? CHANNELS }));
}
