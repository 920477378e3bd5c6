import type { Context } from '../../../src/context';
import { COUNTER, emptyLane, pageAfter } from '../../../src/core/wallet/lanes';
import { DAY_MS } from '../../../src/lib/durations';
import type { LedgerKind } from '../../../src/store/ledger';
import { collections } from '../../helpers/collections';
import { CALLER, makeCompany } from '../../helpers/company';

/** Moves money at any time: the next page of a wallet, dated so. */
export async function moveMoney(
  ctx: Context,
  companyId: string,
  kind: LedgerKind,
  amount: number,
  at: Date,
): Promise<void> {
  await ctx.store.transaction(async (session) => {
    const found = await ctx.store.ledgerPages.heads([companyId], [COUNTER], session);
    const [head = emptyLane(COUNTER)] = found.get(companyId) ?? [];
    const line = { kind, amount_microusd: amount, ...CALLER, certificate_refs: [null] };
    await ctx.store.ledgerPages.insert(
      [pageAfter(head, companyId, { lines: [line] }, at)],
      session,
    );
  });
}

/** An hour of the day on which these tests take place. */
export const today = (hour: number) => new Date(Date.UTC(2026, 0, 10, hour));
export const daysAgo = (days: number) => new Date(today(12).getTime() - days * DAY_MS);

/** Makes a company that is some days old and has no money yet; returns its id. */
export async function makeOldCompany(ctx: Context, days: number): Promise<string> {
  const { id } = await makeCompany(ctx, { balanceMicrousd: 0 });
  await makeOld(ctx, id, days);
  return id;
}

/** Makes a company some days old. */
export async function makeOld(ctx: Context, id: string, days: number): Promise<void> {
  const born = new Date(today(15).getTime() - days * DAY_MS);
  await collections(ctx).companies.updateOne(
    { _id: id },
    {
      $set: { created_at: born },
    },
  );
}
