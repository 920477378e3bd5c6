import type { Context } from '../../context';
import type { Revocation } from '../../store/revocations';
import { flagsOf } from './new-opt-out';
import { setFlags } from './set-flags';
import { countFlagged, findRevoked, type FlagResult } from './count-flagged';

const MAX_IDS_PER_UPDATE = 1_000;

/**
 * Sets the flags of a recorded request, on a majority, with its own id, time, method and reason.
 * Repeating it changes nothing and gives the same result.
 * @returns `gone` when there is no such request
 */
export async function flagRevocation({
  ctx,
  revocationId,
}: {
  ctx: Context;
  revocationId: string;
}): Promise<FlagResult | 'gone'> {
  const revocation = await ctx.store.revocations.find(revocationId);
  return revocation ? flagCertificates({ ctx, revocation }) : 'gone';
}

/** The same as `flagRevocation`, for callers that have already read the request. */
export async function flagCertificates({
  ctx,
  revocation,
}: {
  ctx: Context;
  revocation: Revocation;
}): Promise<FlagResult> {
  const { _id, certificate_ids, company_id, method, state } = revocation;
  if (state !== 'recorded') return { state, revokedIds: await findRevoked({ ctx, id: _id }) };
  let all = certificate_ids.length > 0;
  for (let from = 0; from < certificate_ids.length; from += MAX_IDS_PER_UPDATE) {
    const ids = certificate_ids.slice(from, from + MAX_IDS_PER_UPDATE);
    const groups = [flagsOf({ ...revocation, certificate_ids: ids })];
    const chunk = await setFlags({ ctx, companyId: company_id, groups });
    all &&= chunk.all;
    await ctx.reach('revocation.chunk_flagged');
  }
  await ctx.reach('revocation.flagged');
  const { advanced, ...result } = await countFlagged({ ctx, revocation, all });
  if (advanced) {
    ctx.metrics.revocations.inc({ method }, result.revokedIds.length);
    ctx.activity.countRevoked(company_id, method, result.revokedIds.length);
    if (method === 'api' || method === 'consumer_portal') ctx.access.countOptOut(company_id);
  }
  return result;
}
