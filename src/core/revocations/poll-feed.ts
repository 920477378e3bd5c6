import type { Context } from '../../context';
import { invalid } from '../../errors';
import { MINUTE_MS } from '../../lib/durations';
import { retryOnDuplicate, type Session } from '../../store';
import type { FeedPlace } from '../../store/revocation-feeds';
import type { Region } from '../../store/regions';
import { MAX_CERTIFICATES_PER_REQUEST } from './count-flagged';
import { type FeedOwner, type FeedStart, sealCursor, startOf } from './feed-cursor';
import { type FeedItem, findOwn, ofCertificates, ofConsents } from './feed-view';

/** No page has more ids, and none less than a whole request. */
const MAX_IDS = MAX_CERTIFICATES_PER_REQUEST;
/** Places that a poll looks at which wants the newer ones only. */
const MAX_LOOKED_AT = 5_000;
/** Numbers are times, so that those given after a backup was restored follow those from before. */
const NUMBERS_PER_MS = 1_000;
/** By how much the clocks of two primaries may differ. */
const CLOCK_SKEW_MS = MINUTE_MS;
/**
 * Right after its flags a request is marked as enqueued, then completed. Whoever tries to give it a
 * number at that moment tries again so often, then leaves what is younger than this to the next poll.
 */
const MAX_TRIES_WITH_NEWEST = 5;
const SETTLED_MS = 2_000;

/** A page of a feed, as it goes over the wire. */
export interface FeedPage {
  revocations: FeedItem[];
  /** For the next poll, be there more or not. */
  next_cursor: string;
  has_more: boolean;
}

/** What a poll found. */
interface Turn {
  items: FeedItem[];
  /** The number up to which the poller has now been given all that it wants. */
  upTo: number;
  hasMore: boolean;
}

/**
 * What a company's requests have revoked in a region, after those that a cursor stands for. The order
 * is that of numbers, which polls give to what has none yet: whatever is committed later gets a
 * higher one, so that nothing is skipped or comes again, and nobody who revokes waits for a number.
 * @param query.since for a first poll: those only whose flags were set then or later
 * @throws AppError invalid_request naming `since` or `cursor`
 */
export async function pollFeed({
  ctx,
  companyId,
  region,
  query: { limit, ...given },
}: {
  ctx: Context;
  companyId: string;
  region: Region;
  query: { since?: Date | undefined; cursor?: string | undefined; limit: number };
}): Promise<FeedPage> {
  const owner = { companyId, region };
  const start = startOf({ ctx, owner, ...given });
  let tries = 0;
  const { items, upTo, hasMore } = await retryOnDuplicate(() =>
    ctx.store.regions[region].transaction((session) =>
      takeTurn({ ctx, owner, start, limit, withNewest: tries++ < MAX_TRIES_WITH_NEWEST }, session),
    ),
  );
  await ctx.reach('feed.numbered');
  const { since } = start;
  const kept = upTo === start.after ? given.cursor : undefined;
  return {
    revocations: items,
    next_cursor: kept ?? sealCursor({ ctx, owner, after: upTo, since }),
    has_more: hasMore,
  };
}

interface TurnRequest {
  ctx: Context;
  owner: FeedOwner;
  start: FeedStart;
  limit: number;
  /** Whether what somebody may be writing to is to get a number, too. */
  withNewest: boolean;
}

/** Reads and numbers in one snapshot, which has all numbers up to the highest that it shows. */
async function takeTurn(request: TurnRequest, session: Session): Promise<Turn> {
  const { ctx, owner, start, limit } = request;
  const feeds = ctx.store.revocationFeeds[owner.region];
  const last = await feeds.last(owner.companyId, session);
  const after = start.after ?? firstPlace(start, last);
  assertNotAhead(ctx, after, last);
  const { since } = start;
  const maxLookedAt = since ? MAX_LOOKED_AT : limit + 1;
  const range = { after, limit: maxLookedAt };
  const looked = await feeds.listPlaces(owner.companyId, range, session);
  const found = since ? looked.filter(({ at }) => at >= since) : looked;
  const isAll = looked.length < maxLookedAt;
  const room = isAll ? limit + 1 - found.length : 0;
  const added = room > 0 ? await numberMore({ ...request, last, room }, session) : [];
  const page = [...found, ...added].slice(0, limit);
  const items = await readItems(ctx, owner, page, session);
  const isCut = items.length < found.length + added.length;
  const end = isCut ? page[items.length - 1] : (added.at(-1) ?? looked.at(-1));
  return { items, upTo: end?.number ?? after, hasMore: isCut || !isAll };
}

/** Where a first poll begins: a number is no older than the flags. */
function firstPlace({ since }: FeedStart, last: number): number {
  if (!since) return 0;
  return Math.min(last, Math.max(0, since.getTime() - CLOCK_SKEW_MS) * NUMBERS_PER_MS);
}

/** @throws AppError invalid_request where the clock that gave the number was ahead of ours */
function assertNotAhead({ now }: Context, after: number, last: number): void {
  const highest = Math.max(last, (now().getTime() + CLOCK_SKEW_MS) * NUMBERS_PER_MS);
  if (after <= highest) return;
  // Of a database that this one replaces: what it numbers by now would be skipped.
  throw invalid('cursor', 'is of a time that is still to come: begin again with since');
}

/** Gives numbers to what has none yet, the oldest first. */
async function numberMore(
  { ctx, owner, start, last, room, withNewest }: TurnRequest & { last: number; room: number },
  session: Session,
): Promise<FeedPlace[]> {
  const { companyId, region } = owner;
  const feeds = ctx.store.revocationFeeds[region];
  const nowMs = ctx.now().getTime();
  const settledBefore = withNewest ? null : new Date(nowMs - SETTLED_MS);
  const wanted = { since: start.since, settledBefore, limit: room };
  const unnumbered = await feeds.listUnnumbered(companyId, wanted, session);
  const first = Math.max(last + 1, nowMs * NUMBERS_PER_MS);
  const numbered = unnumbered.map((one, index) => ({ ...one, number: first + index }));
  await feeds.number(companyId, numbered, session);
  if (numbered.length > 0) await ctx.reach('feed.numbering');
  return numbered;
}

/** As many as a page has room for, of their ids, and one in any case. */
async function readItems(
  ctx: Context,
  { companyId, region }: FeedOwner,
  page: FeedPlace[],
  session: Session,
): Promise<FeedItem[]> {
  if (page.length === 0) return [];
  const feeds = ctx.store.revocationFeeds[region];
  const all = page.map(({ number }) => number);
  const named = await feeds.countNamed(companyId, all, session);
  const numbers = fitting(all, named);
  const revocations = await feeds.findRevocations(companyId, numbers, session);
  const consents = await feeds.findConsentRevocations(companyId, numbers, session);
  const own = await findOwn({ ctx, revocations, session });
  const items = new Map([
    ...revocations.map((one) => [one.feed, ofCertificates(one, own.get(one._id) ?? [])] as const),
    ...consents.map((one) => [one.feed, ofConsents(one)] as const),
  ]);
  return numbers.flatMap((number) => items.get(number) ?? []);
}

function fitting(numbers: number[], named: Map<number, number>): number[] {
  let room = MAX_IDS;
  const tooMany = numbers.findIndex((number, index) => {
    room -= named.get(number) ?? 0;
    return room < 0 && index > 0;
  });
  return tooMany < 0 ? numbers : numbers.slice(0, tooMany);
}
