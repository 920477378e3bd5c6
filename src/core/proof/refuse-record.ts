import { leafHash, HASH_BYTES, rootOf } from '../../lib/tlog/merkle';
import {
  edgeOf,
  readFrom,
  rootFromTiles,
  type Tile,
  TILE_WIDTH,
  tilePath,
} from '../../lib/tlog/tiles';
import { LogAltered, nameOfRecord } from './log-altered';
import { recordIdOf } from './record-text';
import type { Walked } from './walk-log';

/**
 * Says what became of a record that is not the one its tile has the hash of.
 * @throws LogAltered always
 */
export async function refuseRecord({
  index,
  record,
  ...walked
}: Walked & { index: number; record: string }): Promise<never> {
  const { ctx, region, head } = walked;
  const { proofLog } = ctx.store.regions[region];
  if (!(await isTileRight(walked, index))) {
    const name = tilePath({ level: 0, index: Math.floor(index / TILE_WIDTH) });
    throw new LogAltered(`${nameOfRecord(index, record)}: tile ${name} is not its: it was edited`);
  }
  const [here, next] = [await hashAt(walked, index), await hashAt(walked, index + 1)];
  const following = await proofLog.findRecord(head._id, index + 1);
  const isNextHere = next?.equals(leafHash(record)) === true;
  const isHereNext = following !== null && here?.equals(leafHash(following.record)) === true;
  if (isNextHere !== isHereNext) {
    throw new LogAltered(
      isNextHere
        ? `record ${String(index)} was deleted: the one after it is in its place`
        : `${nameOfRecord(index, record)} was put in: the one that was here comes after it`,
    );
  }
  const own = ownIndex(record, head.origin);
  throw new LogAltered(
    own === null || own === index
      ? `${nameOfRecord(index, record)} was edited`
      : `record ${String(index)} was reordered: record ${String(own)} is in its place`,
  );
}

/** The place that a record says of itself; null: none in this log. */
function ownIndex(record: string, origin: string): number | null {
  const [, index] = /"record_id":"[^"#]*#(\d{1,15})"/.exec(record) ?? [];
  if (index === undefined) return null;
  return record.includes(JSON.stringify(recordIdOf(origin, Number(index)))) ? Number(index) : null;
}

async function hashAt({ ctx, region, head }: Walked, index: number): Promise<Buffer | undefined> {
  const name = { level: 0, index: Math.floor(index / TILE_WIDTH) };
  const [tile] = await ctx.store.regions[region].proofLog.findTiles(head._id, [name]);
  const at = (index % TILE_WIDTH) * HASH_BYTES;
  const hash = tile?.hashes.subarray(at, at + HASH_BYTES);
  return hash?.length === HASH_BYTES ? hash : undefined;
}

/** Whether what is stored above the tile of a record still fits it. */
export async function isTileRight(walked: Walked, index: number): Promise<boolean> {
  const { ctx, region, head } = walked;
  const { proofLog } = ctx.store.regions[region];
  const at = Math.floor(index / TILE_WIDTH);
  const above = { level: 1, index: Math.floor(at / TILE_WIDTH) };
  const names = [{ level: 0, index: at }, above, ...edgeOf(head.size)];
  const tiles = await proofLog.findTiles(head._id, names);
  const find = readFrom(tiles);
  const own = find({ level: 0, index: at });
  if (!own) return false;
  if (own.length < TILE_WIDTH * HASH_BYTES) return isRootRight(head, tiles);
  const start = (at % TILE_WIDTH) * HASH_BYTES;
  return (
    find(above)
      ?.subarray(start, start + HASH_BYTES)
      .equals(rootOf(hashesOf(own))) === true
  );
}

/** Whether the root follows from the tiles at the right edge. */
function isRootRight({ size, root }: Walked['head'], tiles: Tile[]): boolean {
  try {
    return rootFromTiles(size, readFrom(tiles)).toString('base64') === root;
  } catch (error) {
    // One of them is missing or too short.
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function hashesOf(tile: Buffer): Buffer[] {
  return Array.from({ length: tile.length / HASH_BYTES }, (_, i) =>
    tile.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );
}
