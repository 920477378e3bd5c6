import type { Caller, Context } from '../../context';
import { retryOnDuplicate } from '../../store';
import type { RevocationMethod } from '../../store/certificates';
import type { Revocation } from '../../store/revocations';
import { type Operation, revocationId } from '../idempotency/operation-ids';
import { flagCertificates } from './flag-revocation';
import { newRevocation } from './new-revocation';

/** Who wants to revoke, how and why; repeating an operation finishes what was recorded. */
export interface RevocationRequest extends Operation {
  ctx: Context;
  method: RevocationMethod;
  reason?: string | null | undefined;
  caller: Caller;
}

export interface RevocationResult {
  /** How many certificates this request revoked, and which. */
  revoked: number;
  certificates: string[];
  timestamp: Date;
  /** Null when nothing was revoked. */
  revocation_id: string | null;
}

/**
 * Writes a request down before any flag is set, or finds it by its operation.
 * @param part number of the request within its operation, from 0
 * @param resolve finds the ids to revoke; called only when nothing is recorded yet
 * @returns null when there is nothing to revoke; then nothing is recorded
 */
export async function recordRevocation(
  request: RevocationRequest & { part: number; resolve: () => Promise<string[]> },
): Promise<Revocation | null> {
  const { ctx, companyId, method, reason, caller, operationId, part, resolve } = request;
  const { revocations } = ctx.store;
  const id = revocationId(request, part);
  const findRecorded = async () => (operationId === undefined ? null : revocations.find(id));
  return retryOnDuplicate(async () => {
    const recorded = await findRecorded();
    if (recorded) return recorded;
    const ids = await resolve();
    // Perhaps because another try of the same operation was faster.
    if (ids.length === 0) return findRecorded();
    const revocation = newRevocation({
      _id: id,
      company_id: companyId,
      method,
      actor: caller.actor,
      ip: caller.ip,
      reason: reason ?? null,
      certificate_ids: ids,
      requested_at: ctx.now(),
    });
    await revocations.insert(revocation);
    return revocation;
  });
}

/**
 * Sets the flags of a recorded request, then hands its follow-up to the queue.
 * @returns ids of the certificates that it revoked: the caller may be answered now
 */
export async function flagAndEnqueue({
  ctx,
  revocation,
}: {
  ctx: Context;
  revocation: Revocation;
}): Promise<string[]> {
  await ctx.reach('revocation.recorded');
  const { state, revokedIds } = await flagCertificates({ ctx, revocation });
  if (state === 'flagged') {
    await ctx.reach('revocation.enqueueing');
    ctx.outbox.recorded('revocations', revocation._id);
  }
  return revokedIds;
}
