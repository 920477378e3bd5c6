import { sweepRevoked } from '../cleanup/sweep-consents';
import type { Context } from '../../context';
import { assertAtMost } from '../../lib/assert-at-most';
import type { Session } from '../../store';
import type { ConsentRevocation } from '../../store/consent-revocations';
import type { Region } from '../../store/regions';
import { moveMoney } from '../wallet/move-money';

export type ConsentFinished = 'done' | 'already_done' | 'gone';

const LINE = 'attestr_revocation' as const;
const MAX_TOGETHER = 500;

/**
 * The follow-up of revocations, best of one company. In one transaction their reserved fees become
 * debits, a page for each company, and they are completed; then what a policy cleans up at once is
 * handed to the queue. Safe to repeat, and to run twice at once.
 * @param revocationIds at most 500
 * @returns how each ended, in the same order
 */
export async function finishConsentRevocations({
  ctx,
  region,
  revocationIds,
}: {
  ctx: Context;
  region: Region;
  revocationIds: string[];
}): Promise<ConsentFinished[]> {
  assertAtMost(MAX_TOGETHER, revocationIds, 'revocations');
  const store = ctx.store.regions[region];
  const { found, open } = await store.transaction(async (session) => {
    const found = await store.consentRevocations.findMany(revocationIds, session);
    const open = found.filter(({ state }) => state === 'recorded');
    if (open.length > 0) {
      // First what others may be writing at the same time: whoever has it will commit.
      await debit(ctx, open, session);
      const ids = open.map(({ _id }) => _id);
      await store.consentRevocations.complete(ids, ctx.now(), session);
      await ctx.reach('consent.completing');
    }
    return { found, open };
  });
  for (const { fee_microusd } of open) {
    if (fee_microusd === 0) continue;
    ctx.metrics.charges.inc({ kind: LINE });
    ctx.metrics.chargedMicrousd.inc({ kind: LINE }, fee_microusd);
  }
  await ctx.reach('consent.completed');
  // If a crash prevents this, the sweep finds it, as it finds what is due later.
  for (const [companyId, revocations] of byCompany(open)) {
    const consentIds = revocations
      .filter(({ dialect }) => dialect === 'attestr')
      .flatMap(({ consent_ids }) => consent_ids);
    if (consentIds.length > 0) await sweepRevoked({ ctx, companyId, consentIds, now: ctx.now() });
  }
  const outcomes = new Map<string, ConsentFinished>([
    ...found.map(({ _id }) => [_id, 'already_done'] as const),
    ...open.map(({ _id }) => [_id, 'done'] as const),
  ]);
  return revocationIds.map((id) => outcomes.get(id) ?? 'gone');
}

/** In the default region only, where the wallets are: elsewhere consents have no fee. */
async function debit(
  ctx: Context,
  revocations: ConsentRevocation[],
  session: Session,
): Promise<void> {
  const priced = byCompany(revocations.filter(({ fee_microusd }) => fee_microusd > 0));
  for (const [companyId, own] of priced) {
    const lines = own.map(({ _id, fee_microusd, actor, ip }) => {
      const paid = { certificate_refs: [null], keys: [`revoke:${_id}`] };
      return { kind: LINE, amount_microusd: -fee_microusd, actor, ip, ...paid };
    });
    const reservedMicrousd = -own.reduce((sum, { fee_microusd }) => sum + fee_microusd, 0);
    await moveMoney({ ctx, companyId, lines, reservedMicrousd, session });
  }
}

/** Revocations by their company. */
export function byCompany(revocations: ConsentRevocation[]): Map<string, ConsentRevocation[]> {
  const companies = new Map<string, ConsentRevocation[]>();
  for (const one of revocations) {
    companies.set(one.company_id, [...(companies.get(one.company_id) ?? []), one]);
  }
  return companies;
}
