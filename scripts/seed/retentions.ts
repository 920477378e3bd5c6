import type { Caller, Context } from '../../src/context';
import { newRetention } from '../../src/core/retention/reserve-retention';
import { KINDS, retentionLine } from '../../src/core/retention/settle-retention';
import { HOUR_MS } from '../../src/lib/durations';
import type { Certificate } from '../../src/store/certificates';
import type { PageLine } from '../../src/store/ledger-pages';
import type { RetentionKind } from '../../src/store/retentions';
import type { Company } from './company';
import { asOf, COMPANY_ID, noteChange, type Past } from './past';

/** One in so many certificates is kept, from the first on that is. */
const ONE_IN = 61;
const FIRST = 24;
const KEPT_AFTER_MS = 2 * HOUR_MS;
const SETTLED_AFTER_MS = 430;

/** What a retention does to the money: it is reserved, and then debited. */
export interface RetentionMove {
  at: Date;
  lines: PageLine[];
  reservedMicrousd: number;
}

/** Keeps some of the certificates and recordings that nothing has revoked, for money. */
export function makeRetentions(ctx: Context, past: Past, { callCenter }: Company): RetentionMove[] {
  const kept = past.certificates.filter((_, n) => n >= FIRST && (n - FIRST) % ONE_IN === 0);
  return kept.flatMap((certificate, i) => {
    const at = new Date(certificate.created_at.getTime() + KEPT_AFTER_MS);
    if (certificate.opt_out.revoke || at > new Date(ctx.now().getTime() - HOUR_MS)) return [];
    const kind = i % 2 === 0 ? 'session' : 'certificate';
    return keep(ctx, past, certificate, { kind, at, caller: callCenter });
  });
}

function keep(
  ctx: Context,
  past: Past,
  certificate: Certificate,
  { kind, at, caller }: { kind: RetentionKind; at: Date; caller: Caller },
): RetentionMove[] {
  const { session_id: sessionId } = certificate;
  const request = { ctx: asOf(ctx, at), kind, companyId: COMPANY_ID, sessionId, caller };
  const settled_at = new Date(at.getTime() + SETTLED_AFTER_MS);
  const done = { state: 'done', enqueued_at: at, settled_at } as const;
  const retention = { ...newRetention(request, certificate), ...done };
  past.retentions.push(retention);
  const { _id, fee_microusd: fee, retained_until: until } = retention;
  certificate.retention_requests += 1;
  certificate[KINDS[kind].field] = until;
  certificate.kept_until = until;
  const recording = past.recordings.find((one) => one._id === certificate._id);
  if (kind === 'session' && recording) recording.kept_until = until;
  const { action } = KINDS[kind];
  const certificates = [certificate._id];
  noteChange(ctx, past, { action, entryId: _id, at: settled_at, caller, certificates });
  const line = retentionLine({ ctx, retention, ref: certificate.ledger_ref ?? null });
  return [
    { at, lines: [], reservedMicrousd: fee },
    { at: settled_at, lines: [line], reservedMicrousd: 0 - fee },
  ];
}
