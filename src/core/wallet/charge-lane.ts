import type { Context } from '../../context';
import { Overtaken, type Session } from '../../store';
import { type Head, headOf, LANES, type LedgerPage, type PageLine } from '../../store/ledger-pages';
import { anyLane, availableIn, emptyLane, FIRST_LANE, pagesFor, sumOfLanes } from './lanes';

/** The newest page of a lane, and whether the transaction that wrote it has committed. */
interface Known {
  head: Head;
  committed: Promise<boolean>;
}

/** What a company can spend, and where it lies. */
export interface Funds {
  own: Known;
  /** The newest pages of the other lanes; read only where its own does not suffice. */
  others: Head[];
  availableMicrousd: number;
}

/** What a company is charged. */
export interface CompanyCharge {
  companyId: string;
  lines: PageLine[];
  funds: Funds;
}

/** Pages written in a transaction that has not committed yet. */
export interface Charge {
  /** False when they were built on pages that did not come to be: then nothing may stand. */
  stands: () => Promise<boolean>;
  /** The `_id` of the page that charges each company. */
  pageIds: ReadonlyMap<string, string>;
  /** To be called as soon as it is known whether the transaction has committed. */
  settle: (committed: boolean) => void;
}

export type ChargeLane = ReturnType<typeof createChargeLane>;

/** More companies than this are looked up again. */
const MAX_KNOWN = 10_000;
const COMMITTED = Promise.resolve(true);

/**
 * Makes a process's way of charging checks. Of each wallet it writes the pages of one lane, so that it
 * knows the newest page without reading it. What it knows is a hint: a page that somebody else has
 * written first is refused, whereupon it looks again and changes to another lane.
 */
export function createChargeLane({ ctx }: { ctx: Context }) {
  const known = new Map<string, Known>();
  let lane = FIRST_LANE;

  async function lookUp(companyIds: string[], session: Session): Promise<void> {
    if (known.size > MAX_KNOWN) known.clear();
    const unknown = companyIds.filter((companyId) => !known.has(companyId));
    if (unknown.length === 0) return;
    const heads = await ctx.store.ledgerPages.heads(unknown, [lane], session);
    for (const companyId of unknown) {
      const [head = emptyLane(lane)] = heads.get(companyId) ?? [];
      known.set(companyId, { head, committed: COMMITTED });
    }
  }

  async function insert(own: LedgerPage[], given: LedgerPage[], session: Session): Promise<void> {
    try {
      await ctx.store.ledger.append([...own, ...given], session);
    } catch (error) {
      for (const page of own) known.delete(page.company_id);
      if (error instanceof Overtaken && given.length === 0) {
        // Somebody else writes here: in another lane neither is in the other's way.
        lane = anyLane();
        known.clear();
      }
      throw error;
    }
  }

  /** Has the next charge build on these pages, before they have committed. */
  function remember(pages: LedgerPage[]): (committed: boolean) => void {
    let resolve: (hasCommitted: boolean) => void = () => undefined;
    const committed = new Promise<boolean>((settle) => (resolve = settle));
    for (const page of pages) known.set(page.company_id, { head: headOf(page), committed });
    return (hasCommitted) => {
      for (const { company_id: companyId } of pages) {
        const isNewest = known.get(companyId)?.committed === committed;
        if (!hasCommitted && isNewest) known.delete(companyId);
      }
      resolve(hasCommitted);
    };
  }

  return {
    /**
     * Finds what companies can spend, in a transaction.
     * @param needs µUSD by company; all lanes are looked at where its own has less
     * @returns by company; those without a wallet are missing
     */
    funds: async (needs: ReadonlyMap<string, number>, session: Session) => {
      await lookUp([...needs.keys()], session);
      const funds = new Map<string, Funds>();
      for (const companyId of needs.keys()) {
        const own = known.get(companyId) ?? { head: emptyLane(lane), committed: COMMITTED };
        funds.set(companyId, { own, others: [], availableMicrousd: availableIn(own.head) });
      }
      const isShort = ([companyId, { availableMicrousd }]: [string, Funds]) =>
        availableMicrousd < (needs.get(companyId) ?? 0);
      const short = [...funds].filter(isShort);
      const heads = await ctx.store.ledgerPages.heads(
        short.map(([companyId]) => companyId),
        LANES,
        session,
      );
      for (const [companyId, { own }] of short) {
        const all = heads.get(companyId);
        if (all) funds.set(companyId, fundsOf(own, all));
        else funds.delete(companyId);
      }
      return funds;
    },

    /**
     * Writes the pages that charge lines to companies, in a transaction.
     * @throws Overtaken when somebody else has written one of them
     */
    write: async (charges: CompanyCharge[], session: Session): Promise<Charge> => {
      const at = ctx.now();
      const pages = charges.map((charge) => {
        const { own, others } = charge.funds;
        return pagesFor(charge.companyId, own.head, others, { lines: charge.lines }, at);
      });
      const own = pages.map((one) => one.own);
      const given = pages.flatMap((one) => one.given);
      await insert(own, given, session);
      const stands = async () =>
        (await Promise.all(charges.map(({ funds }) => funds.own.committed))).every(Boolean);
      const pageIds = new Map(own.map(({ company_id: companyId, _id }) => [companyId, _id]));
      return { stands, pageIds, settle: remember(own) };
    },
  };
}

/** Of its own lane the later of what was read and what is known, which may not have committed. */
function fundsOf(known: Known, heads: Head[]): Funds {
  const read = heads.find(({ lane }) => lane === known.head.lane);
  const isPast = read !== undefined && read.sequence > known.head.sequence;
  const own = isPast ? { head: read, committed: COMMITTED } : known;
  const others = heads.filter(({ lane }) => lane !== known.head.lane);
  const { available_microusd: availableMicrousd } = sumOfLanes([own.head, ...others]);
  return { own, others, availableMicrousd };
}
