import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Session } from '../../store';
import { LANES, type PageLine } from '../../store/ledger-pages';
import { COUNTER, emptyLane, pagesFor, sumOfLanes, sumOfLines } from './lanes';
import type { Wallet } from './read-wallet';

/**
 * Moves a company's money in the transaction of what it is moved for: writes the next page of its
 * wallet and, where one lane has too little, pages of the lanes that give to it.
 * @param options.lines what is charged or paid in, also by what there is before
 * @param options.reservedMicrousd to reserve, or below zero to release
 * @param options.lane whose next page it is; others may be in the way of a long transaction
 * @throws AppError company_not_found; insufficient_balance; a duplicate (see `isDuplicate`) when the
 * key of a line has been paid for
 */
export async function moveMoney({
  ctx,
  companyId,
  lines: given,
  reservedMicrousd = 0,
  lane = COUNTER,
  session,
}: {
  ctx: Context;
  companyId: string;
  lines: PageLine[] | ((before: Wallet) => PageLine[]);
  reservedMicrousd?: number;
  lane?: number;
  session: Session;
}): Promise<void> {
  const heads = (await ctx.store.ledgerPages.heads([companyId], LANES, session)).get(companyId);
  if (!heads) throw new AppError('company_not_found');
  const wallet = sumOfLanes(heads);
  const lines = typeof given === 'function' ? given(wallet) : given;
  const need = reservedMicrousd - sumOfLines(lines);
  if (need > 0 && need > wallet.available_microusd) {
    throw new AppError('insufficient_balance');
  }
  const own = heads.find((head) => head.lane === lane) ?? emptyLane(lane);
  const others = heads.filter((head) => head.lane !== lane);
  const pages = pagesFor(companyId, own, others, { lines, reservedMicrousd }, ctx.now());
  await ctx.store.ledger.append([pages.own, ...pages.given], session);
  await ctx.reach('wallet.moving');
}
