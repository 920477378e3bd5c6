// No collection: pages and cursors of lists.
import { invalid } from '../errors';

/** A place in a list that is ordered newest first: time, then id. */
export interface Position {
  at: Date;
  id: string;
}

/** How much of a list to read. */
export interface PageRequest {
  limit: number;
  /** `next_cursor` of the previous page. */
  cursor?: string | undefined;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** A page of a list that can be paged in both directions. */
export interface TwoWayPage<T> extends Page<T> {
  /** Null where nothing newer was there to turn back to. */
  previous_cursor: string | null;
}

/** Marks a cursor that leads to what is newer than its position. */
const NEWER = 'newer';

/** The opaque form of a position that callers hand back to us. */
function encodeCursor({ at, id }: Position, ...direction: (typeof NEWER)[]): string {
  return Buffer.from(JSON.stringify([at.getTime(), id, ...direction])).toString('base64url');
}

function decodeCursor(cursor: string, isTwoWay = false): Position & { isNewer: boolean } {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(value) && Number.isSafeInteger(value[0]) && typeof value[1] === 'string') {
      const isNewer = value[2] === NEWER;
      if (!isNewer || isTwoWay) {
        return { at: new Date(value[0] as number), id: value[1], isNewer };
      }
    }
  } catch {
    // Not ours: reported below like every other wrong cursor.
  }
  throw invalid('cursor', 'must be a next_cursor of this list');
}

/**
 * The place that a cursor stands for; null at the beginning.
 * @throws AppError invalid_request naming `cursor`
 */
export function placeOf(cursor: string | undefined): Position | null {
  if (cursor === undefined) return null;
  const { at, id } = decodeCursor(cursor);
  return { at, id };
}

/**
 * The filter that continues after a cursor in a list sorted by `{[field]: -1, _id: -1}`.
 * @throws AppError invalid_request naming `cursor`
 */
export function afterCursor(field: string, cursor: string | undefined): Record<string, unknown> {
  if (cursor === undefined) return {};
  const { at, id } = decodeCursor(cursor);
  return { $or: [{ [field]: { $lt: at } }, { [field]: at, _id: { $lt: id } }] };
}

/** Makes a page of `limit` items out of up to `limit + 1` that were read. */
export function toPage<T>(read: T[], limit: number, position: (item: T) => Position): Page<T> {
  const items = read.slice(0, limit);
  const last = items.at(-1);
  return { items, next_cursor: read.length > limit && last ? encodeCursor(position(last)) : null };
}

/** How to read a page, in the direction in which its cursor leads. */
export interface Turn {
  /** The place to start from; null: the newest. */
  from: Position | null;
  /** Towards newer items, which are then read oldest first. */
  isNewer: boolean;
}

/** The condition for what lies beyond the place of a turn, in a list by `created_at` and `_id`. */
export function beyondPlace({ from, isNewer }: Turn): Record<string, unknown> {
  if (!from) return {};
  const { at, id } = from;
  const beyond = isNewer
    ? [{ created_at: { $gte: at } }, { $or: [{ created_at: { $gt: at } }, { _id: { $gt: id } }] }]
    : [{ created_at: { $lte: at } }, { $or: [{ created_at: { $lt: at } }, { _id: { $lt: id } }] }];
  return { $and: beyond };
}

/**
 * The place and the direction that a cursor of a list stands for that can be paged both ways.
 * @throws AppError invalid_request naming `cursor`
 */
export function turnOf(cursor: string | undefined): Turn {
  if (cursor === undefined) return { from: null, isNewer: false };
  const { at, id, isNewer } = decodeCursor(cursor, true);
  return { from: { at, id }, isNewer };
}

/**
 * Reads a page in either direction. What arrives in the meantime moves no page; turned back to the
 * newest, the page is full again.
 * @param read up to `limit` items from `turn.from` on, in its direction
 */
export async function turnPage<T>(
  { limit, cursor }: PageRequest,
  position: (item: T) => Position,
  read: (turn: Turn, limit: number) => Promise<T[]>,
): Promise<TwoWayPage<T>> {
  const turn = turnOf(cursor);
  const found = await read(turn, limit + 1);
  if (turn.isNewer && found.length < limit) return turnPage({ limit }, position, read);
  const hasMore = found.length > limit;
  const items = found.slice(0, limit);
  if (turn.isNewer) items.reverse();
  const [first, last] = [items[0], items.at(-1)];
  const [hasNewer, hasOlder] = turn.isNewer ? [hasMore, true] : [turn.from !== null, hasMore];
  return {
    items,
    next_cursor: hasOlder && last ? encodeCursor(position(last)) : null,
    previous_cursor: hasNewer && first ? encodeCursor(position(first), NEWER) : null,
  };
}
