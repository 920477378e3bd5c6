import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Session } from '../../store';
import { type Head, headOf, LANES, type LedgerPage } from '../../store/ledger-pages';
import type { Proved } from '../../store/wallet-proofs';
import { emptyLane, sumOfLanes, sumOfLines } from './lanes';

const PAGES_READ_AT_ONCE = 1_000;
/** Of one snapshot, so that it does not grow old. */
const MAX_PAGES = 20_000;

/** From the first page on. */
export const NOTHING_PROVED: Proved = { heads: [], entries_sum_microusd: 0 };

/** A wallet whose pages have been followed to the newest ones. */
export interface Followed {
  proved: Proved;
  /** The first page that does not follow from the one before; null: they all do. */
  brokenPage: string | null;
  /** Balance minus sum of movements, in µUSD; 0 in a sound wallet. */
  driftMicrousd: number;
}

/**
 * Follows the pages of every lane of a wallet: that none is missing, and that each balance is the one
 * before plus what the page moved.
 * @param from where an earlier proof ended
 * @param atEnd reads what has to be of the same moment as the newest pages
 * @throws AppError company_not_found
 */
export async function followPages<More>({
  ctx,
  companyId,
  from,
  atEnd,
}: {
  ctx: Context;
  companyId: string;
  from: Proved;
  atEnd: (session: Session) => Promise<More>;
}): Promise<Followed & { more: More }> {
  let brokenPage: string | null = null;
  for (let proved = from; ;) {
    const start = proved;
    const step = await ctx.store.snapshot(async (session) => {
      const walk = new Walk(start);
      for (const lane of LANES) await followLane(ctx, companyId, lane, walk, session);
      const isAtEnd = walk.pages < MAX_PAGES;
      return { walk, end: isAtEnd ? { more: await atEnd(session) } : null };
    });
    proved = step.walk.proved();
    brokenPage ??= step.walk.brokenPage;
    if (!step.end) continue;
    if (proved.heads.length === 0) throw new AppError('company_not_found');
    const driftMicrousd = sumOfLanes(proved.heads).balance_microusd - proved.entries_sum_microusd;
    return { proved, brokenPage, driftMicrousd, more: step.end.more };
  }
}

async function followLane(
  ctx: Context,
  companyId: string,
  lane: number,
  walk: Walk,
  session: Session,
): Promise<void> {
  while (walk.pages < MAX_PAGES) {
    const limit = Math.min(PAGES_READ_AT_ONCE, MAX_PAGES - walk.pages);
    const pages = await ctx.store.ledgerPages.after(companyId, walk.head(lane), limit, session);
    for (const page of pages) walk.take(page);
    if (pages.length < limit) return;
  }
}

/** What has been seen of a wallet's pages so far. */
class Walk {
  pages = 0;
  brokenPage: string | null = null;
  private readonly heads: Map<number, Head>;
  private entriesSum: number;

  constructor(from: Proved) {
    this.heads = new Map(from.heads.map((head) => [head.lane, head]));
    this.entriesSum = from.entries_sum_microusd;
  }

  head(lane: number): Head {
    return this.heads.get(lane) ?? emptyLane(lane);
  }

  take(page: LedgerPage): void {
    const next = headOf(page);
    const before = this.head(next.lane);
    const { moved_microusd: moved = 0, brought_forward_microusd: brought = 0 } = page;
    const entries = sumOfLines(page.lines) + brought;
    const follows =
      next.sequence === before.sequence + 1 &&
      next.balance_microusd === before.balance_microusd + entries + moved;
    if (!follows) this.brokenPage ??= page._id;
    this.pages += 1;
    this.entriesSum += entries;
    this.heads.set(next.lane, next);
  }

  proved(): Proved {
    return {
      heads: [...this.heads.values()],
      entries_sum_microusd: this.entriesSum,
    };
  }
}
