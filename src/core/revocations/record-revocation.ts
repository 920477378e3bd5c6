import type { Caller, Context } from '../../context';
import { retryOnDuplicate, type Session } from '../../store';
import type { Channel, RevocationMethod } from '../../store/certificates';
import type { Revocation } from '../../store/revocations';
import { type Operation, revocationId } from '../idempotency/operation-ids';
import { fewerThanAll } from './channels';
import { flagCertificates } from './flag-revocation';
import type { PersonDigest } from '../identifiers/digests';
import { inTurn } from '../suppressions/in-turn';
import { rememberOptOut } from '../suppressions/remember-opt-out';
import { newRevocation } from './new-revocation';
import { rememberedEntry } from './remembered-entry';

/** Who wants to revoke, how and why; repeating an operation finishes what was recorded. */
export interface RevocationRequest extends Operation {
  ctx: Context;
  method: RevocationMethod;
  reason?: string | null | undefined;
  /** What is opted out of; left out, or all three: everything. */
  channels?: Channel[] | undefined;
  caller: Caller;
  /** Whose opt-out is remembered; left out where the request names nobody. */
  digests?: PersonDigest[] | undefined;
  /** Whether it is, asked in the transaction that records the request; left out: always. */
  isRemembered?: ((session: Session) => Promise<boolean>) | undefined;
}

export interface RevocationResult {
  /** How many certificates this request revoked, and which. */
  revoked: number;
  certificates: string[];
  timestamp: Date;
  /** Null when nothing was revoked. */
  revocation_id: string | null;
}

/** Finds ids to revoke, in a transaction whose commit waits for a majority. */
export type Resolve = (session: Session) => Promise<string[]>;

/** A part of a request. */
export interface RequestPart extends RevocationRequest {
  /** Its number within the operation, from 0. */
  part: number;
  /** Called only when nothing is recorded yet. */
  resolve: Resolve;
}

/**
 * Writes a request down before any flag is set, and remembers the opt-out of whom it names, in one
 * transaction; or finds it by its operation. Consent that is registered at the same time is found
 * here, or finds what is remembered.
 * @returns null when there is nothing to revoke
 */
export async function recordRevocation(request: RequestPart): Promise<Revocation | null> {
  const { ctx, companyId, digests = [], operationId, part } = request;
  const { revocations } = ctx.store;
  const id = revocationId(request, part);
  const findRecorded = async () => (operationId === undefined ? null : revocations.find(id));
  return retryOnDuplicate(async () => {
    const recorded = await findRecorded();
    if (recorded) return recorded;
    const revocation = await inTurn({
      ctx,
      companyId,
      digests,
      work: () => ctx.store.transaction((session) => record(request, id, session)),
    });
    // Nothing to revoke: perhaps because another try of the same operation was faster.
    return revocation.state === 'void' ? findRecorded() : revocation;
  });
}

/** @returns the request; void: it revokes nothing, and is kept only where it is remembered */
async function record(request: RequestPart, id: string, session: Session): Promise<Revocation> {
  const { ctx, companyId, method, reason, caller, part } = request;
  const channels = fewerThanAll(request.channels);
  const digests = part === 0 ? await digestsToRemember(request, session) : [];
  const now = ctx.now();
  const base = newRevocation({
    _id: id,
    company_id: companyId,
    method,
    actor: caller.actor,
    ip: caller.ip,
    reason: reason ?? null,
    ...(channels && { channels }),
    certificate_ids: [],
    requested_at: now,
  });
  // Before the look-up: whoever registers this person's consent then waits, or is seen.
  if (digests.length > 0) await rememberOptOut({ ctx, session, companyId, digests, request: base });
  const certificate_ids = await request.resolve(session);
  const revocation: Revocation =
    certificate_ids.length > 0
      ? { ...base, certificate_ids }
      : { ...base, state: 'void', flags_committed_at: now };
  if (certificate_ids.length === 0 && digests.length === 0) return revocation;
  await ctx.store.revocations.insert(revocation, session);
  if (certificate_ids.length === 0)
    await ctx.store.audit.append(rememberedEntry({ ctx, caller, request: revocation }), session);
  await ctx.reach('revocation.recording');
  return revocation;
}

async function digestsToRemember(
  { digests = [], isRemembered }: RequestPart,
  session: Session,
): Promise<PersonDigest[]> {
  if (digests.length === 0 || !isRemembered) return digests;
  return (await isRemembered(session)) ? digests : [];
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
