import type { Context } from '../../context';
import { invalid } from '../../errors';
import { openToken, sealToken } from '../../lib/sealed-token';
import type { Region } from '../../store/regions';

/** How far a poller has come. */
export interface FeedStart {
  /** The number of the last revocation that it has been given; null: it polls for the first time. */
  after: number | null;
  /** It wants those only whose flags were set at this time or later. */
  since: Date | null;
}

/** Whose feed a cursor is of; it opens no other. */
export interface FeedOwner {
  companyId: string;
  region: Region;
}

const purposeOf = ({ companyId, region }: FeedOwner) =>
  `revocation feed of ${companyId} in ${region}`;

/** What a poller hands back to us: sealed, so that nobody makes one up. It never expires. */
export function sealCursor({
  ctx,
  owner,
  after,
  since,
}: FeedStart & { ctx: Context; owner: FeedOwner; after: number }): string {
  const value = [after, since?.getTime() ?? null];
  return sealToken(ctx.config.identifierKeys, purposeOf(owner), value, null);
}

/**
 * Where a poll begins that gives a cursor, or a time, or neither.
 * @throws AppError invalid_request naming `since` or `cursor`
 */
export function startOf({
  ctx,
  owner,
  since,
  cursor,
}: {
  ctx: Context;
  owner: FeedOwner;
  since?: Date | undefined;
  cursor?: string | undefined;
}): FeedStart {
  if (cursor === undefined) return { after: null, since: since ?? null };
  if (since !== undefined) throw invalid('since', 'must not be given together with cursor');
  const value = openToken(ctx.config.identifierKeys, purposeOf(owner), cursor, ctx.now());
  if (!Array.isArray(value)) throw invalid('cursor', 'must be a next_cursor of this feed');
  const [after, sinceMs] = value as [number, number | null];
  return { after, since: sinceMs === null ? null : new Date(sinceMs) };
}
