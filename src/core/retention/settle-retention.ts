import { recordChange } from '../audit/record-change';
import type { Context } from '../../context';
import type { Session } from '../../store';
import type { PageLine } from '../../store/ledger-pages';
import { type Retention, retentionId } from '../../store/retentions';
import { recordEvents, type Told } from '../webhooks/record-events';
import { moveMoney } from '../wallet/move-money';

/** `gone`: there is no such reservation, or its certificate is gone and the fee was released. */
export type Settled = 'done' | 'already_done' | 'gone';

const RETAINED = 'retained-session';

/** Ledger line and audit action of each kind, and the certificate's field for the date. */
export const KINDS = {
  session: {
    line: 'session_retention',
    action: 'session.retained',
    field: 'session_retained_until',
  },
  certificate: {
    line: 'certificate_retention',
    action: 'certificate.retained',
    field: 'retained_until',
  },
} as const;

/**
 * Settles a reserved retention: extends the time for which the data is kept, turns the reservation
 * into a debit and writes the audit entry, in one transaction. Safe to repeat, even concurrently.
 */
export async function settleRetention({
  ctx,
  retentionId,
}: {
  ctx: Context;
  retentionId: string;
}): Promise<Settled> {
  const { outcome, retention } = await ctx.store.transaction(async (session) => {
    const found = await ctx.store.retentions.find(retentionId, session);
    if (!found) return { outcome: 'gone' as const, retention: null };
    if (found.state !== 'reserved') return { outcome: 'already_done' as const, retention: null };
    return { outcome: await settle(ctx, found, session), retention: found };
  });
  if (retention && outcome === 'done') {
    const { line: kind } = KINDS[retention.kind];
    ctx.metrics.charges.inc({ kind });
    ctx.metrics.chargedMicrousd.inc({ kind }, retention.fee_microusd);
  }
  await ctx.reach('retention.settled');
  return outcome;
}

async function settle(ctx: Context, retention: Retention, session: Session): Promise<Settled> {
  const { _id, company_id, certificate_id, fee_microusd, retained_until } = retention;
  const { retentions, certificates } = ctx.store;
  const now = ctx.now();
  const { field } = KINDS[retention.kind];
  const kept = await certificates.retainUntil(
    company_id,
    certificate_id,
    field,
    retained_until,
    session,
  );
  if (kept && retention.kind === 'session') {
    await ctx.store.recordings.keepUntil(company_id, certificate_id, retained_until, session);
  }
  const lines = kept ? [await lineFor(ctx, retention, session)] : [];
  await retentions.settle(_id, kept ? 'done' : 'released', now, session);
  // 0 − fee, not −fee: a fee of 0 must not be stored as −0.
  const reservedMicrousd = 0 - fee_microusd;
  await moveMoney({ ctx, companyId: company_id, lines, reservedMicrousd, session });
  if (kept) {
    await audit(ctx, retention, now, session);
    await recordEvents({ ctx, session, told: [retainedEvent(retention, now)] });
  }
  await ctx.reach('retention.settling');
  return kept ? 'done' : 'gone';
}

function retainedEvent(retention: Retention, at: Date): Told {
  const { company_id: companyId, certificate_id, kind, retained_until } = retention;
  const data = { certificate_id, kind, retained_until, completed_at: at };
  return { companyId, event: 'retention.completed', at, data };
}

async function lineFor(ctx: Context, retention: Retention, session: Session): Promise<PageLine> {
  const { certificate_id } = retention;
  const refs = await ctx.store.certificates.ledgerRefs([certificate_id], session);
  return retentionLine({ ctx, retention, ref: refs.get(certificate_id) ?? null });
}

/**
 * The ledger line that debits a retention. Names the session by a hash, so that the page need not
 * change when the session is removed.
 * @param ref what the ledger calls the certificate
 */
export function retentionLine({
  ctx,
  retention,
  ref,
}: {
  ctx: Context;
  retention: Retention;
  ref: string | null;
}): PageLine {
  const { company_id: companyId, session_id: sessionId, kind } = retention;
  const hash = ctx.identifiers.current(RETAINED, JSON.stringify([companyId, sessionId]));
  return {
    kind: KINDS[kind].line,
    amount_microusd: 0 - retention.fee_microusd,
    actor: retention.actor,
    // In the audit as long as anything tells whose session it was.
    ip: null,
    certificate_refs: [ref],
    keys: [retentionId(kind, companyId, hash)],
  };
}

async function audit(
  ctx: Context,
  retention: Retention,
  at: Date,
  session: Session,
): Promise<void> {
  const { _id, company_id, certificate_id, actor, ip, kind } = retention;
  await recordChange({
    ctx,
    session,
    companyId: company_id,
    action: KINDS[kind].action,
    caller: { actor, ip },
    entryId: _id,
    certificates: [certificate_id],
    at,
  });
}
