import type { Context } from '../../context';
import type { Session } from '../../store';
import type { Revocation } from '../../store/revocations';
import { newOptOut } from './new-opt-out';
import { setFlags } from './set-flags';

const MAX_IDS_PER_UPDATE = 1_000;
/** No request names more. */
export const MAX_CERTIFICATES_PER_REQUEST = 10_000;

/** Where a request stands once its flags are set, and the certificates that it revoked, by id. */
export interface FlagResult {
  state: 'flagged' | 'batched' | 'completed' | 'void';
  revokedIds: string[];
}

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
  const { certificate_ids, company_id, method } = revocation;
  if (revocation.state === 'recorded') {
    const optOut = newOptOut(revocation);
    for (let from = 0; from < certificate_ids.length; from += MAX_IDS_PER_UPDATE) {
      const ids = certificate_ids.slice(from, from + MAX_IDS_PER_UPDATE);
      await setFlags({ ctx, companyId: company_id, groups: [{ ids, optOut }] });
      await ctx.reach('revocation.chunk_flagged');
    }
    await ctx.reach('revocation.flagged');
  }
  const { advanced, ...result } = await countFlagged(ctx, revocation);
  if (advanced) {
    ctx.metrics.revocations.inc({ method }, result.revokedIds.length);
    if (method === 'api' || method === 'consumer_portal') ctx.access.countOptOut(company_id);
  }
  return result;
}

/**
 * Counts what the request revoked and moves it on. In one transaction: right after a change of
 * primary a plain majority read may not show our own flags yet, and would make the request void.
 */
async function countFlagged(
  ctx: Context,
  revocation: Revocation,
): Promise<FlagResult & { advanced: boolean }> {
  const { certificates, revocations } = ctx.store;
  return ctx.store.transaction(async (session) => {
    const limit = MAX_CERTIFICATES_PER_REQUEST;
    const revokedIds = await certificates.idsRevokedBy(revocation._id, '', limit, session);
    if (revocation.state !== 'recorded') {
      return { state: revocation.state, revokedIds, advanced: false };
    }
    const next = (await isBatchOpen(ctx, revocation, session)) ? 'batched' : 'flagged';
    const state = revokedIds.length > 0 ? next : 'void';
    const change = { state, flags_committed_at: new Date() } as const;
    const advanced = await revocations.advance(revocation._id, ['recorded'], change, session);
    return { state, revokedIds, advanced };
  });
}

/** Whether the request is part of a batch whose own job still has to write the audit. */
async function isBatchOpen(
  ctx: Context,
  { batch_id }: Revocation,
  session: Session,
): Promise<boolean> {
  const batch = batch_id ? await ctx.store.batches.find(batch_id, session) : null;
  return batch?.open === true;
}
