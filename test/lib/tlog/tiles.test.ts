import { consistencyRanges, inclusionRanges, leafHash, rootOf } from '../../../src/lib/tlog/merkle';
import {
  append,
  edgeOf,
  hashFromTiles,
  parseTilePath,
  type Tile,
  type TileName,
  tilePath,
  tilesFor,
  widthOf,
} from '../../../src/lib/tlog/tiles';

const keyOf = ({ level, index }: TileName) => `${String(level)}/${String(index)}`;

/** A tree that keeps nothing but its tiles. */
class TiledTree {
  size = 0;
  root = rootOf([]);
  readonly tiles = new Map<string, Tile>();
  readonly read = (name: TileName) => this.tiles.get(keyOf(name))?.hashes;

  grow(leaves: Buffer[]): void {
    const edge = edgeOf(this.size).map((name) => this.tiles.get(keyOf(name))!);
    const grown = append(this.size, edge, leaves);
    for (const tile of grown.tiles) this.tiles.set(keyOf(tile), tile);
    this.size = grown.size;
    this.root = grown.root;
  }
}

const LEAF_COUNT = 66_000;
const leaves = Array.from({ length: LEAF_COUNT }, (_, i) => leafHash(`leaf ${String(i)}`));

test('a tree that grows by tiles has the roots of one that is all in memory', () => {
  const tree = new TiledTree();
  const steps = [1, 0, 1, 3, 250, 1, 1, 255, 256, 257, 1000, 63_000, 512];
  for (const step of steps) {
    tree.grow(leaves.slice(tree.size, tree.size + step));
    expect(tree.root).toEqual(rootOf(leaves.slice(0, tree.size)));
  }
  const { size } = tree;
  for (const tile of tree.tiles.values()) expect(tile.hashes.length / 32).toBe(widthOf(tile, size));
  for (const range of [
    ...inclusionRanges(0, size),
    ...inclusionRanges(size - 1, size),
    ...inclusionRanges(700, size),
    ...consistencyRanges(300, size),
    ...consistencyRanges(65_000, size),
  ].slice(0, -1)) {
    const { start, end } = range;
    expect(hashFromTiles(range, tree.read)).toEqual(rootOf(leaves.slice(start, end)));
    for (const name of tilesFor(range)) expect(tree.read(name)).toBeDefined();
  }
});

test('a tree says which tiles it needs and has', () => {
  // The example of C2SP tlog-tiles.
  const size = 70_000;
  const widths = [
    [0, 272, 256],
    [0, 273, 112],
    [0, 274, 0],
    [1, 0, 256],
    [1, 1, 17],
    [2, 0, 1],
    [3, 0, 0],
  ] as const;
  for (const [level, index, width] of widths) expect(widthOf({ level, index }, size)).toBe(width);
  expect(edgeOf(size)).toEqual([
    { level: 0, index: 273 },
    { level: 1, index: 1 },
    { level: 2, index: 0 },
  ]);
  expect(edgeOf(256)).toEqual([{ level: 1, index: 0 }]);
  expect(edgeOf(0)).toEqual([]);
});

test('a missing tile is said, not made up', () => {
  const tree = new TiledTree();
  tree.grow(leaves.slice(0, 300));
  const without = (name: TileName) => (name.index === 1 ? undefined : tree.read(name));
  expect(() => hashFromTiles({ start: 0, end: 300 }, without)).toThrow('no hash of leaf 256');
});

test.each([
  ['0/x001/x234/067', { level: 0, index: 1_234_067, width: 256 }],
  ['1/000.p/17', { level: 1, index: 0, width: 17 }],
  ['63/x001/000', { level: 63, index: 1000, width: 256 }],
  ['0/999', { level: 0, index: 999, width: 256 }],
])('%s is the path of a tile', (path, tile) => {
  expect(parseTilePath(path)).toEqual(tile);
  expect(tilePath(tile, tile.width)).toBe(path);
});

test.each([
  '',
  '0',
  '0/1',
  '00/001',
  '64/001',
  '-1/001',
  '0/0001',
  '0/x000/001',
  '0/001.p/0',
  '0/001.p/256',
  '0/001.p/01',
  '0/001.p/',
  '0/x001',
  '0/001/x002',
  '0/001/',
  'entries/001',
  '0/x001/x001/x001/x001/x001/001',
  '0/001\n',
])('%j is the path of no tile', (path) => {
  expect(parseTilePath(path)).toBeNull();
});
