import { createHash } from 'node:crypto';
import type { Caller, Context } from '../../context';
import { newId } from '../../lib/random-ids';
import { afterDuplicateAgain } from '../../store';
import type { RevocationMethod } from '../../store/certificates';
import type { Revocation } from '../../store/revocations';
import { flagCertificates } from './flag-revocation';

/** Who wants to revoke, how and why. */
export interface RevocationRequest {
  ctx: Context;
  companyId: string;
  method: RevocationMethod;
  reason?: string | null | undefined;
  caller: Caller;
  /** Names the request: whoever repeats it after a crash finishes what was recorded. */
  operationId?: string | undefined;
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
 * Writes a request down before anything is carried out, or finds it under its operation id.
 * @param part number of the request within one operation, from 0
 * @param resolve the ids to revoke; called only when nothing is recorded yet
 * @returns null when there is nothing to revoke: that is no revocation
 */
export async function recordRevocation(
  request: RevocationRequest & { part: number; resolve: () => Promise<string[]> },
): Promise<Revocation | null> {
  const { part, resolve } = request;
  const { revocations } = request.ctx.store;
  const { operationId } = request;
  const id = operationId === undefined ? newId('rev') : operationRevocationId(request, part);
  const findRecorded = async () => (operationId === undefined ? null : revocations.find(id));
  return afterDuplicateAgain(async () => {
    const recorded = await findRecorded();
    if (recorded) return recorded;
    const ids = await resolve();
    // Nothing left can mean that another try under the same operation id was faster.
    if (ids.length === 0) return findRecorded();
    const revocation = newRevocation(request, id, ids);
    await revocations.insert(revocation);
    return revocation;
  });
}

function operationRevocationId({ companyId, operationId }: RevocationRequest, part: number) {
  const name = JSON.stringify([companyId, operationId, part]);
  // 132 bits, as many characters as in a random id.
  return `rev_${createHash('sha256').update(name).digest('base64url').slice(0, 22)}`;
}

function newRevocation(request: RevocationRequest, id: string, ids: string[]): Revocation {
  return {
    _id: id,
    company_id: request.companyId,
    method: request.method,
    actor: request.caller.actor,
    ip: request.caller.ip,
    reason: request.reason ?? null,
    certificate_ids: ids,
    requested_at: new Date(),
    state: 'recorded',
    flags_committed_at: null,
    completed_at: null,
    enqueued_at: null,
    batch_id: null,
    rows: null,
  };
}

/**
 * Sets the flags of a recorded request, then hands its follow-up to the queue.
 * @returns ids of the certificates that it revoked, with which the caller may be answered
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
