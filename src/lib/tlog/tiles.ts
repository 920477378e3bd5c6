// A tree kept as tiles: C2SP tlog-tiles.
import { HASH_BYTES, hashOfRange, type LeafRange, rootOf } from './merkle';

/** Hashes in a full tile. */
export const TILE_WIDTH = 256;
/** Levels of the tree between two levels of tiles. */
const TILE_HEIGHT = 8;
const MAX_LEVEL = 63;

/** Which tile: at level 0 its hashes are those of leaves. */
export interface TileName {
  level: number;
  index: number;
}

/** A tile as far as it is filled; always the first hashes of the full one. */
export interface Tile extends TileName {
  /** Up to 256 hashes, one after another. */
  hashes: Buffer;
}

/** Gives the hashes of tiles that are there. */
export type ReadTile = (name: TileName) => Buffer | undefined;

/** Reads from tiles that are in memory. */
export function readFrom(tiles: readonly Tile[]): ReadTile {
  const hashes = new Map(tiles.map((tile) => [nameOf(tile), tile.hashes]));
  return (name) => hashes.get(nameOf(name));
}

/** Hashes in a tile of a tree of this size; 0: it has no such tile. */
export function widthOf({ level, index }: TileName, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH));
}

/** The tiles at the right edge of a tree that are not full: those that go on with the next leaves. */
export function edgeOf(size: number): TileName[] {
  const edge: TileName[] = [];
  for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / TILE_WIDTH)) {
    if (count % TILE_WIDTH > 0) edge.push({ level, index: Math.floor(count / TILE_WIDTH) });
  }
  return edge;
}

/** The tiles that a tree has more hashes in than it had when it was smaller, and how many they were. */
export function tilesToCut(smaller: number, size: number): { tile: TileName; width: number }[] {
  const cut: { tile: TileName; width: number }[] = [];
  for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / TILE_WIDTH)) {
    const first = Math.floor(smaller / TILE_WIDTH ** (level + 1));
    for (let index = first; index * TILE_WIDTH < count; index += 1) {
      const tile = { level, index };
      const width = widthOf(tile, smaller);
      if (width < widthOf(tile, size)) cut.push({ tile, width });
    }
  }
  return cut;
}

/**
 * Appends leaves to a tree.
 * @param edge the tiles that `edgeOf` names, in any order
 * @param leaves their hashes
 * @returns the tiles that are new or have more hashes than before, and the new root
 */
export function append(
  size: number,
  edge: readonly Tile[],
  leaves: readonly Buffer[],
): { tiles: Tile[]; size: number; root: Buffer } {
  const open = new Map(edge.map((tile) => [tile.level, tile]));
  const changed = new Map<string, Tile>();
  let [hashes, start] = [leaves, size];
  for (let level = 0; hashes.length > 0; level += 1, start = Math.floor(start / TILE_WIDTH)) {
    const above: Buffer[] = [];
    let before = start % TILE_WIDTH === 0 ? undefined : open.get(level)?.hashes;
    for (let at = 0, index = Math.floor(start / TILE_WIDTH); at < hashes.length; index += 1) {
      const known = before ?? Buffer.alloc(0);
      const room = TILE_WIDTH - known.length / HASH_BYTES;
      const tile = {
        level,
        index,
        hashes: Buffer.concat([known, ...hashes.slice(at, at + room)]),
      };
      at += room;
      before = undefined;
      changed.set(nameOf(tile), tile);
      open.set(level, tile);
      if (tile.hashes.length === TILE_WIDTH * HASH_BYTES) above.push(rootOf(split(tile.hashes)));
    }
    hashes = above;
  }
  const newSize = size + leaves.length;
  const tiles = [...changed.values()];
  const root = rootFromTiles(newSize, ({ level, index }) => {
    const tile = open.get(level);
    return tile?.index === index ? tile.hashes : undefined;
  });
  return { tiles, size: newSize, root };
}

/** The root of a tree of this size; needs the tiles at its right edge only. */
export function rootFromTiles(size: number, read: ReadTile): Buffer {
  if (size === 0) return rootOf([]);
  return hashFromTiles({ start: 0, end: size }, read);
}

/**
 * The hash above leaves, a whole subtree or one at the right edge.
 * @throws RangeError when a tile is missing that it needs
 */
export function hashFromTiles(range: LeafRange, read: ReadTile): Buffer {
  return hashOfRange(range, (part) => {
    const place = placeOf(part);
    if (!place) return undefined;
    const { tile, first, end } = place;
    const bytes = read(tile)?.subarray(first * HASH_BYTES, end * HASH_BYTES);
    return bytes?.length === (end - first) * HASH_BYTES ? rootOf(split(bytes)) : undefined;
  });
}

/** The tiles from which the hash above leaves is computed. */
export function tilesFor(range: LeafRange): TileName[] {
  const names = new Map<string, TileName>();
  hashOfRange(range, (part) => {
    const place = placeOf(part);
    if (!place) return undefined;
    names.set(nameOf(place.tile), place.tile);
    return Buffer.alloc(HASH_BYTES);
  });
  return [...names.values()];
}

/** Where a whole subtree stands; undefined: in no single tile. */
function placeOf({ start, end }: LeafRange) {
  const height = Math.log2(end - start);
  if (!Number.isInteger(height)) return undefined;
  const level = Math.floor(height / TILE_HEIGHT);
  const unit = TILE_WIDTH ** level;
  const index = Math.floor(start / unit / TILE_WIDTH);
  const first = start / unit - index * TILE_WIDTH;
  return { tile: { level, index }, first, end: first + (end - start) / unit };
}

function nameOf({ level, index }: TileName): string {
  return `${String(level)}/${String(index)}`;
}

function split(hashes: Buffer): Buffer[] {
  return Array.from({ length: hashes.length / HASH_BYTES }, (_, i) =>
    hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );
}

/** A tile's path after `tile/`, such as `0/x001/x234/067`, or `1/000.p/17` when it has 17 hashes. */
export function tilePath({ level, index }: TileName, width = TILE_WIDTH): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const groups = padded.match(/\d{3}/g) ?? [];
  const named = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group));
  const partial = width < TILE_WIDTH ? `.p/${String(width)}` : '';
  return `${String(level)}/${named.join('/')}${partial}`;
}

/** Reads what `tilePath` writes; null: it is no tile's path. */
export function parseTilePath(path: string): (TileName & { width: number }) | null {
  const [, level, groups, width] =
    /^(\d{1,2})\/((?:x\d{3}\/){0,4}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path) ?? [];
  if (level === undefined || groups === undefined) return null;
  const tile = { level: Number(level), index: Number(groups.replaceAll(/[x/]/g, '')) };
  const parsed = { ...tile, width: width === undefined ? TILE_WIDTH : Number(width) };
  // One tile has one path: without leading zeroes, and none of no hashes.
  const isWritten = parsed.level <= MAX_LEVEL && parsed.width > 0;
  return isWritten && tilePath(tile, parsed.width) === path ? parsed : null;
}
