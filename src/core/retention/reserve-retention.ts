import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { findOrRemoved, removedSessions } from '../identifiers/removed-ids';
import { DAY_MS } from '../../lib/durations';
import { newId } from '../../lib/random-ids';
import { retryOnDuplicate, type Session } from '../../store';
import type { Certificate } from '../../store/certificates';
import { type Retention, retentionId, type RetentionKind } from '../../store/retentions';
import { reserveFee } from '../wallet/reserve-fee';

export type { RetentionKind };

const RETAINED_DAYS = 1_827;

export interface RetentionRequest {
  ctx: Context;
  /** What to keep: the session's recording or its certificate. */
  kind: RetentionKind;
  companyId: string;
  sessionId: string;
  caller: Caller;
}

export interface ReservedRetention {
  certificate_id: string;
  session_id: string;
  retained_until: Date;
  /** False for the first call, the only one that pays. */
  already_retained: boolean;
}

/**
 * Accepts a retention of a recording or a certificate for 1,827 days and reserves the fee, once per
 * company and session; a worker settles it.
 * @throws AppError session_not_found, opted_out, insufficient_balance; in this order
 */
export async function reserveRetention(request: RetentionRequest): Promise<ReservedRetention> {
  const { ctx } = request;
  // Of simultaneous calls one writes; the others conflict, retry and find its record.
  const { reserved, ...retention } = await retryOnDuplicate(() =>
    ctx.store.transaction((session) => findOrReserve(request, session)),
  );
  if (reserved) {
    await ctx.reach('retention.reserved');
    ctx.outbox.recorded('retentions', reserved.job_ref);
  }
  return retention;
}

/** Nobody pays for what the company's own policy has removed. */
function isThere(certificate: Certificate, kind: RetentionKind): boolean {
  if (certificate.data === 'removed') return false;
  return kind === 'certificate' || certificate.recording_cleaned_at === undefined;
}

async function findOrReserve(
  request: RetentionRequest,
  session: Session,
): Promise<ReservedRetention & { reserved: Retention | null }> {
  const { ctx, kind, companyId, sessionId } = request;
  const { certificates, retentions } = ctx.store;
  const certificate = await findOrRemoved({
    id: sessionId,
    removed: () => removedSessions({ ctx, companyId, sessionId }),
    find: (id) => certificates.findBySession(companyId, [id], session),
  });
  if (!certificate) throw new AppError('session_not_found');
  if (certificate.opt_out.revoke) throw new AppError('opted_out');
  if (!isThere(certificate, kind)) throw new AppError('session_not_found');
  const known = await retentions.find(retentionId(kind, companyId, sessionId), session);
  if (known && known.state !== 'released') return { ...answer(known, true), reserved: null };

  const retention = newRetention(request, certificate);
  const { fee_microusd: feeMicrousd } = retention;
  // A revocation that commits first makes this fail or retry: nothing revoked is paid for.
  const counted = await certificates.countRetention(companyId, certificate._id, session);
  if (!counted) throw new AppError('opted_out');
  await reserveFee({ ctx, companyId, feeMicrousd, session });
  if (known) await retentions.reserveAgain(retention, session);
  else await retentions.insert(retention, session);
  await ctx.reach('retention.reserving');
  return { ...answer(retention, false), reserved: retention };
}

/** A retention that is asked for now, with its fee reserved. */
export function newRetention(request: RetentionRequest, certificate: Certificate): Retention {
  const { ctx, kind, companyId, sessionId, caller } = request;
  const now = ctx.now().getTime();
  const { session_retention, certificate_retention } = ctx.config.prices;
  return {
    _id: retentionId(kind, companyId, sessionId),
    job_ref: newId('ret'),
    company_id: companyId,
    kind,
    session_id: sessionId,
    certificate_id: certificate._id,
    fee_microusd: kind === 'session' ? session_retention : certificate_retention,
    retained_until: new Date(now + RETAINED_DAYS * DAY_MS),
    state: 'reserved',
    actor: caller.actor,
    ip: caller.ip,
    requested_at: new Date(now),
    settled_at: null,
    enqueued_at: null,
  };
}

function answer(retention: Retention, already_retained: boolean): ReservedRetention {
  const { certificate_id, session_id, retained_until } = retention;
  return { certificate_id, session_id, retained_until, already_retained };
}
