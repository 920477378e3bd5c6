import type { Context } from '../../context';
import { LANES } from '../../store/ledger-pages';
import { sumOfLanes } from './lanes';

/** What companies can spend, in µUSD, by company; all of one moment. */
export async function readBalances({
  ctx,
  companyIds,
}: {
  ctx: Context;
  companyIds: string[];
}): Promise<Map<string, number>> {
  const heads = await ctx.store.snapshot((session) =>
    ctx.store.ledgerPages.heads(companyIds, LANES, session),
  );
  return new Map(companyIds.map((id) => [id, sumOfLanes(heads.get(id) ?? []).available_microusd]));
}
