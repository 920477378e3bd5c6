import type { Context } from '../../context';
import { EMPTY_ROOT, HASH_BYTES, leafHash } from '../../lib/tlog/merkle';
import {
  append,
  readFrom,
  type Tile,
  TILE_WIDTH,
  type TileName,
  tilePath,
  widthOf,
} from '../../lib/tlog/tiles';
import { type LogHead, type LogRecord, recordId, tileId } from '../../store/proof-log';
import type { Region } from '../../store/regions';
import { LogAltered } from './log-altered';
import { refuseRecord } from './refuse-record';

/** Records that are looked at together: those of one tile. */
export interface RecordPage {
  start: number;
  records: string[];
}

/** The log that is looked at, as its head was when that began. */
export interface Walked {
  ctx: Context;
  region: Region;
  head: LogHead;
  /** The log that it goes on from, if there was one. */
  former?: LogHead | undefined;
}

/**
 * Reads a log from its first record to its last, and builds the tree over them once more; in memory are
 * one page and the tree's right edge. Compares every stored tile with it.
 * @param marks sizes at which the root is wanted
 * @param visit looks at each page, whose records are those of the tree
 * @returns the roots, by size
 * @throws LogAltered naming the first record or tile that is another, is missing, or is too many
 */
export async function walkLog({
  marks,
  visit,
  ...walked
}: Walked & {
  marks: number[];
  visit: (page: RecordPage) => Promise<void>;
}): Promise<Map<number, Buffer>> {
  const { ctx, region, head } = walked;
  const roots = new Map([[0, EMPTY_ROOT]]);
  const edge = new Map<number, Tile>();
  const cursor = ctx.store.regions[region].proofLog.records(head._id).batchSize(TILE_WIDTH);
  try {
    for (let size = 0; size < head.size;) {
      const end = Math.min(...[head.size, ...marks].filter((mark) => mark > size), nextTile(size));
      const { records, refusal } = await take(cursor, head._id, size, end);
      const hashes = records.map((record) => leafHash(record));
      const wrong = await firstWrong(walked, size, hashes);
      if (wrong >= 0 || refusal) {
        // What comes before may be wrong, too, and is named first.
        await visit({ start: size, records: wrong < 0 ? records : records.slice(0, wrong) });
        if (wrong >= 0) {
          const record = records[wrong] ?? '';
          return await refuseRecord({ ...walked, index: size + wrong, record });
        }
      }
      if (refusal) throw refusal;
      const grown = append(size, [...edge.values()], hashes);
      const full = grown.tiles.filter(isFull);
      await compareTiles(walked, full, head.size);
      await visit({ start: size, records });
      for (const tile of grown.tiles) edge.set(tile.level, tile);
      roots.set(grown.size, grown.root);
      size = grown.size;
      // Only those asked for are kept.
      if (!marks.includes(size) && size !== head.size) roots.delete(size);
    }
  } finally {
    await cursor.close();
  }
  await refuseSurplus(
    walked,
    [...edge.values()].filter((tile) => !isFull(tile)),
  );
  return roots;
}

function nextTile(size: number): number {
  return (Math.floor(size / TILE_WIDTH) + 1) * TILE_WIDTH;
}

function isFull({ hashes }: Tile): boolean {
  return hashes.length === TILE_WIDTH * HASH_BYTES;
}

/** The records of a page, each at its place, as far as that is so; and why it is not. */
async function take(
  cursor: { next: () => Promise<LogRecord | null> },
  log: number,
  start: number,
  end: number,
): Promise<{ records: string[]; refusal: LogAltered | null }> {
  const records: string[] = [];
  for (let index = start; index < end; index += 1) {
    const found = await cursor.next();
    const expected = recordId(log, index);
    if (found?._id !== expected) {
      const isSurplus = found !== null && found._id < expected;
      const why = isSurplus
        ? `record ${found._id} was put in: the log has no such place`
        : `record ${String(index)} was deleted`;
      return { records, refusal: new LogAltered(why) };
    }
    records.push(found.record);
  }
  return { records, refusal: null };
}

/** The first record of a page whose hash is not the one that its tile has for it; -1: none. */
async function firstWrong(
  { ctx, region, head }: Walked,
  start: number,
  hashes: Buffer[],
): Promise<number> {
  const name = { level: 0, index: Math.floor(start / TILE_WIDTH) };
  const [tile] = await ctx.store.regions[region].proofLog.findTiles(head._id, [name]);
  const first = start % TILE_WIDTH;
  return hashes.findIndex((hash, i) => {
    const at = (first + i) * HASH_BYTES;
    return tile?.hashes.subarray(at, at + HASH_BYTES).equals(hash) !== true;
  });
}

/** Each tile is stored as it was computed, or has more by now. */
async function compareTiles(
  { ctx, region, head }: Walked,
  tiles: Tile[],
  sizeNow: number,
): Promise<void> {
  if (tiles.length === 0) return;
  const stored = await ctx.store.regions[region].proofLog.findTiles(head._id, tiles);
  const read = readFrom(stored);
  for (const tile of tiles) {
    const found = read(tile);
    const most = Math.max(widthOf(tile, sizeNow) * HASH_BYTES, tile.hashes.length);
    if (!found || found.length > most || !isBeginning(tile.hashes, found)) {
      throw new LogAltered(`${rangeOf(tile, found)}: ${nameOf(tile)} is not theirs: it was edited`);
    }
  }
}

function isBeginning(beginning: Buffer, whole: Buffer): boolean {
  return whole.subarray(0, beginning.length).equals(beginning);
}

/** The records below the first hash of a tile that is another. */
function rangeOf({ level, index, hashes }: Tile, found: Buffer | undefined): string {
  let at = 0;
  const ends = () => (at + 1) * HASH_BYTES;
  while (found && ends() < hashes.length && isBeginning(hashes.subarray(0, ends()), found)) at += 1;
  const below = TILE_WIDTH ** level;
  const first = (index * TILE_WIDTH + at) * below;
  return `records ${String(first)} to ${String(first + below - 1)}`;
}

function nameOf(tile: TileName): string {
  return `tile ${tilePath(tile)}`;
}

/** Nothing is stored that the tree does not have, unless it has grown meanwhile. */
async function refuseSurplus(walked: Walked, partial: Tile[]): Promise<void> {
  const { ctx, region, head } = walked;
  const { proofLog } = ctx.store.regions[region];
  const record = await proofLog.records(head._id, head.size).limit(1).next();
  const tileIds: string[] = [];
  for await (const { _id } of proofLog.tileIds(head._id)) {
    if (!isTileOf(head, _id)) tileIds.push(_id);
    // A log that grows meanwhile has a few more of them.
    if (tileIds.length >= TILE_WIDTH) break;
  }
  const now = await headNow(walked);
  await compareTiles(walked, partial, now.size);
  if (record && record._id >= recordId(head._id, now.size)) {
    throw new LogAltered(`record ${record._id} was put in: the log ends before it`);
  }
  const tile = tileIds.find((id) => !isTileOf(now, id));
  if (tile !== undefined) throw new LogAltered(`tile ${tile} was put in`);
}

/** Whether the tree has a tile of this id. */
function isTileOf({ _id: log, size }: LogHead, id: string): boolean {
  const [, level, index] = id.split(':');
  const name = { level: Number(level), index: Number(index) };
  return widthOf(name, size) > 0 && tileId(log, name) === id;
}

/** The head again: the log may have grown. */
async function headNow({ ctx, region, head }: Walked): Promise<LogHead> {
  const heads = await ctx.store.regions[region].proofLog.heads();
  const now = heads.find(({ _id }) => _id === head._id);
  if (!now) throw new LogAltered(`the head of log ${String(head._id)} was deleted`);
  return now;
}
