import { type Head, LANES, type LedgerPage, pageId, type PageLine } from '../../store/ledger-pages';

/** The lane of everything but checks and rows of scrubs. */
export const COUNTER = 0;
/** The first of those of checks. */
export const FIRST_LANE = COUNTER + 1;

/** One of the lanes of checks, by chance: whoever is overtaken in it tries another. */
export function anyLane(): number {
  return FIRST_LANE + Math.floor(Math.random() * (LANES.length - FIRST_LANE));
}

/** What a page changes; amounts in µUSD. */
export interface Change {
  lines: PageLine[];
  /** To reserve, or below zero to release. */
  reservedMicrousd?: number;
  /** Taken from other lanes, or below zero given to them. */
  movedMicrousd?: number;
}

/** Where the first page of a lane will follow. */
export function emptyLane(lane: number): Head {
  return { lane, sequence: -1, balance_microusd: 0, reserved_microusd: 0 };
}

/** What a lane can still spend, in µUSD. */
export function availableIn({ balance_microusd, reserved_microusd }: Head): number {
  return balance_microusd - reserved_microusd;
}

/** What lines come to, in signed µUSD. */
export function sumOfLines(lines: PageLine[]): number {
  return lines.reduce((sum, line) => sum + line.amount_microusd * line.certificate_refs.length, 0);
}

/** The wallet that its lanes make up, in µUSD. */
export function sumOfLanes(heads: Head[]) {
  const sum = (part: (head: Head) => number) => heads.reduce((all, head) => all + part(head), 0);
  return {
    balance_microusd: sum((head) => head.balance_microusd),
    reserved_microusd: sum((head) => head.reserved_microusd),
    available_microusd: sum(availableIn),
  };
}

/** The page that carries out a change on top of a lane's newest one. */
export function pageAfter(
  head: Head,
  companyId: string,
  { lines, reservedMicrousd = 0, movedMicrousd = 0 }: Change,
  at: Date,
): LedgerPage {
  const keys = lines.flatMap((line) => line.keys ?? []);
  return {
    _id: pageId(companyId, head.lane, head.sequence + 1),
    company_id: companyId,
    at,
    lines,
    ...(keys.length > 0 && { keys }),
    ...(movedMicrousd !== 0 && { moved_microusd: movedMicrousd }),
    balance_after_microusd: head.balance_microusd + sumOfLines(lines) + movedMicrousd,
    reserved_after_microusd: head.reserved_microusd + reservedMicrousd,
  };
}

/**
 * What each other lane gives to one that runs short: what it needs and, so that it does not run short
 * again at once, so much that it has as much as the richest, which gives first. Half of all there is
 * would leave nothing in a third lane: it would have to take from busy ones, and lose to them for ever.
 * @param needMicrousd at most what all lanes together can spend
 */
function takeFor(
  own: Head,
  others: Head[],
  needMicrousd: number,
): { from: Head; microusd: number }[] {
  const richestFirst = others.toSorted((a, b) => availableIn(b) - availableIn(a));
  const [richest = own] = richestFirst;
  const evenMicrousd = Math.floor((availableIn(own) + availableIn(richest)) / 2);
  let missing = Math.max(needMicrousd, evenMicrousd) - availableIn(own);
  return richestFirst
    .map((from) => {
      const microusd = Math.max(0, Math.min(availableIn(from), missing));
      missing -= microusd;
      return { from, microusd };
    })
    .filter(({ microusd }) => microusd > 0);
}

/**
 * The pages of a change: that of its own lane and, where it has too little, those of the lanes that
 * give to it.
 */
export function pagesFor(
  companyId: string,
  own: Head,
  others: Head[],
  { lines, reservedMicrousd = 0 }: Omit<Change, 'movedMicrousd'>,
  at: Date,
): { own: LedgerPage; given: LedgerPage[] } {
  const need = reservedMicrousd - sumOfLines(lines);
  const taken = need > availableIn(own) ? takeFor(own, others, need) : [];
  const movedMicrousd = taken.reduce((sum, { microusd }) => sum + microusd, 0);
  return {
    own: pageAfter(own, companyId, { lines, reservedMicrousd, movedMicrousd }, at),
    given: taken.map(({ from, microusd }) =>
      pageAfter(from, companyId, { lines: [], movedMicrousd: -microusd }, at),
    ),
  };
}
