import type { Context } from '../../context';
import type { Session } from '../../store';
import { startOfNextDay } from './utc-day';
import { COUNTER, emptyLane, pageAfter } from './lanes';

const WALLETS_READ_AT_ONCE = 100;

/**
 * Turns the wallets of earlier releases into ledger pages, each in a transaction of its own: the first
 * page brings forward what the lines come to, and the wallet is left without money, so that a process
 * of an earlier release can spend nothing beside the pages. A wallet that did not equal its lines
 * drifts as before. Safe to repeat, and to run on several machines at once.
 * @returns how many were converted
 */
export async function convertWallets({ ctx }: { ctx: Context }): Promise<number> {
  let converted = 0;
  for (let after = ''; ;) {
    const ids = await ctx.store.formerWallets.idsAfter(after, WALLETS_READ_AT_ONCE);
    for (const companyId of ids) {
      if (await convertWallet({ ctx, companyId })) converted += 1;
    }
    const last = ids.at(-1);
    if (last === undefined) return converted;
    after = last;
  }
}

/**
 * Turns one such wallet into ledger pages.
 * @returns false when there is none to convert
 */
export async function convertWallet({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<boolean> {
  const isNew = await ctx.store.snapshot((session) => convert(ctx, companyId, session));
  await ctx.reach('wallet.converted');
  return isNew;
}

async function convert(ctx: Context, companyId: string, session: Session): Promise<boolean> {
  const wallet = await ctx.store.formerWallets.retire(companyId, session);
  if (!wallet) return false;
  const { balance_microusd, reserved_microusd } = wallet;
  const brought = await sumOfLines(ctx, companyId, balance_microusd, session);
  const first = pageAfter(
    emptyLane(COUNTER),
    companyId,
    { lines: [], reservedMicrousd: reserved_microusd },
    ctx.now(),
  );
  await ctx.store.ledgerPages.insert(
    [{ ...first, brought_forward_microusd: brought, balance_after_microusd: balance_microusd }],
    session,
  );
  await ctx.reach('wallet.converting');
  return true;
}

/** From the latest statement on, which is quick; from the beginning where that does not fit. */
async function sumOfLines(
  ctx: Context,
  companyId: string,
  balance: number,
  session: Session,
): Promise<number> {
  const { ledgerLines, statements } = ctx.store;
  const statement = await statements.latest(companyId);
  if (statement) {
    const since = await ledgerLines.sum(companyId, startOfNextDay(statement.day), session);
    if (statement.closing_microusd + since === balance) return balance;
  }
  return ledgerLines.sum(companyId, null, session);
}
