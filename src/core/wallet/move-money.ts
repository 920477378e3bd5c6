import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Session } from '../../store';
import { type Head, LANES, type LedgerPage, type PageLine } from '../../store/ledger-pages';
import { COUNTER, emptyLane, pagesFor, sumOfLanes, sumOfLines } from './lanes';
import type { Wallet } from './read-wallet';

/** What is to happen to a company's money. */
export interface Move {
  companyId: string;
  /** What is charged or paid in, also by what there is before. */
  lines: PageLine[] | ((before: Wallet) => PageLine[]);
  /** µUSD to reserve, or below zero to release. */
  reservedMicrousd?: number;
}

/**
 * Moves a company's money in the transaction of what it is moved for: writes the next page of its
 * wallet and, where one lane has too little, pages of the lanes that give to it.
 * @throws AppError company_not_found; insufficient_balance; a duplicate (see `isDuplicate`) when the
 * key of a line has been paid for
 */
export function moveMoney({
  ctx,
  session,
  ...move
}: { ctx: Context; session: Session } & Move): Promise<void> {
  return moveMoneyOfAll({ ctx, moves: [move], session });
}

/** The same for several companies: one read and one write for all of them. */
export async function moveMoneyOfAll({
  ctx,
  moves,
  session,
}: {
  ctx: Context;
  /** One for each company. */
  moves: Move[];
  session: Session;
}): Promise<void> {
  const companyIds = moves.map(({ companyId }) => companyId);
  const heads = await ctx.store.ledgerPages.heads(companyIds, LANES, session);
  const pages = moves.flatMap((move) => pagesOf(move, heads.get(move.companyId)));
  await ctx.store.ledger.append(pages, session);
  await ctx.reach('wallet.moving');
}

function pagesOf(
  { companyId, lines: given, reservedMicrousd = 0 }: Move,
  heads: Head[] | undefined,
): LedgerPage[] {
  if (!heads) throw new AppError('company_not_found');
  const wallet = sumOfLanes(heads);
  const lines = typeof given === 'function' ? given(wallet) : given;
  const need = reservedMicrousd - sumOfLines(lines);
  if (need > 0 && need > wallet.available_microusd) {
    throw new AppError('insufficient_balance');
  }
  const own = heads.find(({ lane }) => lane === COUNTER) ?? emptyLane(COUNTER);
  const others = heads.filter(({ lane }) => lane !== COUNTER);
  const pages = pagesFor(companyId, own, others, { lines, reservedMicrousd });
  return [pages.own, ...pages.given];
}
