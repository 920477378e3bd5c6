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

/** The opaque form of a position that callers hand back to us. */
function encodeCursor({ at, id }: Position): string {
  return Buffer.from(JSON.stringify([at.getTime(), id])).toString('base64url');
}

function decodeCursor(cursor: string): Position {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(value) && Number.isSafeInteger(value[0]) && typeof value[1] === 'string') {
      return { at: new Date(value[0] as number), id: value[1] };
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
  return cursor === undefined ? null : decodeCursor(cursor);
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
