import { sweepRevoked } from '../cleanup/sweep-consents';
import type { Context } from '../../context';
import type { Session } from '../../store';
import type { ConsentRevocation } from '../../store/consent-revocations';
import type { Region } from '../../store/regions';
import { moveMoney } from '../wallet/move-money';

export type ConsentFinished = 'done' | 'already_done' | 'gone';

const LINE = 'attestr_revocation' as const;

/**
 * The follow-up of a revocation. In one transaction its reserved fee becomes a debit and it is
 * completed; then what a policy cleans up at once is handed to the queue. Safe to repeat, and to run
 * twice at once.
 */
export async function finishConsentRevocation({
  ctx,
  region,
  revocationId,
}: {
  ctx: Context;
  region: Region;
  revocationId: string;
}): Promise<ConsentFinished> {
  const store = ctx.store.regions[region];
  const { outcome, fee, revocation } = await store.transaction(async (session) => {
    const revocation = await store.consentRevocations.find(revocationId, session);
    if (!revocation) return { outcome: 'gone' as const, fee: 0, revocation };
    const now = new Date();
    const completed = await store.consentRevocations.complete(revocationId, now, session);
    if (!completed) return { outcome: 'already_done' as const, fee: 0, revocation };
    if (revocation.fee_microusd > 0) await debit(ctx, revocation, session);
    await ctx.reach('consent.completing');
    return { outcome: 'done' as const, fee: revocation.fee_microusd, revocation };
  });
  if (fee > 0) {
    ctx.metrics.charges.inc({ kind: LINE });
    ctx.metrics.chargedMicrousd.inc({ kind: LINE }, fee);
  }
  await ctx.reach('consent.completed');
  // If a crash prevents this, the sweep finds it, as it finds what is due later.
  if (outcome === 'done' && revocation.dialect === 'attestr') {
    await sweepRevoked({ ctx, revocation, now: new Date() });
  }
  return outcome;
}

/** In the default region only, where the wallets are: elsewhere consents have no fee. */
async function debit(
  ctx: Context,
  { _id, company_id: companyId, fee_microusd, actor, ip }: ConsentRevocation,
  session: Session,
): Promise<void> {
  const keys = [`revoke:${_id}`];
  const amount_microusd = -fee_microusd;
  const line = { kind: LINE, amount_microusd, actor, ip, certificate_refs: [null], keys };
  await moveMoney({
    ctx,
    companyId,
    lines: [line],
    reservedMicrousd: -fee_microusd,
    session,
  });
}
