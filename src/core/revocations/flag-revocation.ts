import type { Context } from '../../context';
import type { Session } from '../../store';
import type { OptOut } from '../../store/certificates';
import type { Revocation } from '../../store/revocations';

const MAX_IDS_PER_UPDATE = 1_000;
/** No request names more. */
export const MAX_CERTIFICATES_PER_REQUEST = 10_000;

/** How a request stands once its flags are set; `won`: the certificates that it revoked, by id. */
export interface FlagResult {
  state: 'flagged' | 'batched' | 'completed' | 'void';
  revokedIds: string[];
}

/**
 * Sets the flags of a recorded request, on a majority, under its own id, time, method and reason.
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

/** As `carryOutRevocation`, for whoever holds the request already. */
export async function flagCertificates({
  ctx,
  revocation,
}: {
  ctx: Context;
  revocation: Revocation;
}): Promise<FlagResult> {
  const { certificate_ids, company_id, method } = revocation;
  if (revocation.state === 'recorded') {
    const optOut = optOutBy(revocation);
    for (let from = 0; from < certificate_ids.length; from += MAX_IDS_PER_UPDATE) {
      const ids = certificate_ids.slice(from, from + MAX_IDS_PER_UPDATE);
      await ctx.store.certificates.revokeMany(company_id, [{ ids, optOut }]);
      await ctx.reach('revocation.chunk_flagged');
    }
    await ctx.reach('revocation.flagged');
  }
  const { advanced, ...result } = await countFlagged(ctx, revocation);
  if (advanced) ctx.metrics.revocations.inc({ method }, result.revokedIds.length);
  return result;
}

/** The flag that a request sets. */
export function optOutBy({ _id, requested_at, method, reason }: Revocation): OptOut {
  return { revoke: true, revoked_at: requested_at, method, reason, revocation_id: _id };
}

/**
 * Counts what the request won and moves it on. In one transaction: right after a change of primary
 * a plain majority read need not show our own flags yet, and would make the request void.
 */
async function countFlagged(
  ctx: Context,
  revocation: Revocation,
): Promise<FlagResult & { advanced: boolean }> {
  const { certificates, revocations } = ctx.store;
  return ctx.store.transaction(async (session) => {
    const limit = MAX_CERTIFICATES_PER_REQUEST;
    const revokedIds = await certificates.idsRevokedBy(revocation._id, '', limit, session);
    const settled = revocation.state === 'recorded' ? null : revocation.state;
    if (settled) return { state: settled, revokedIds, advanced: false };
    const pending = (await isBatchOpen(ctx, revocation, session)) ? 'batched' : 'flagged';
    const state = revokedIds.length > 0 ? pending : 'void';
    const change = { state, flags_committed_at: new Date() } as const;
    const advanced = await revocations.advance(revocation._id, ['recorded'], change, session);
    return { state, revokedIds, advanced };
  });
}

/** Whether there is a batch whose own job still sees to the audit. */
async function isBatchOpen(
  ctx: Context,
  { batch_id }: Revocation,
  session: Session,
): Promise<boolean> {
  const batch = batch_id ? await ctx.store.batches.find(batch_id, session) : null;
  return batch?.open === true;
}
