import {
  consistencyRanges,
  EMPTY_ROOT,
  inclusionRanges,
  isConsistent,
  leafHash,
  pathOf,
  rootFromPath,
  rootOf,
} from '../../../src/lib/tlog/merkle';

/** The leaves and roots of Certificate Transparency's reference implementation of RFC 6962. */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => leafHash(Buffer.from(hex, 'hex')));
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const SIZES = Array.from({ length: 12 }, (_, i) => i + 1);
const many = SIZES.map((i) => leafHash(`leaf ${String(i)}`));
const hex = (hashes: Buffer[]) => hashes.map((hash) => hash.toString('hex'));

test('roots are those of the reference implementation', () => {
  expect(hex(LEAVES.map((_, i) => rootOf(LEAVES.slice(0, i + 1))))).toEqual(ROOTS);
  expect(EMPTY_ROOT.toString('hex')).toBe(
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
});

test('audit paths are those of RFC 6962, 2.1.3', () => {
  // Of seven leaves: those of the first, the fourth, the fifth and the seventh.
  const ranges = [0, 3, 4, 6].map((index) =>
    inclusionRanges(index, 7).map(({ start, end }) => `${String(start)}-${String(end)}`),
  );
  expect(ranges).toEqual([
    ['1-2', '2-4', '4-7'],
    ['2-3', '0-2', '4-7'],
    ['5-6', '6-7', '0-4'],
    ['4-6', '0-4'],
  ]);
});

test('consistency proofs are those of RFC 6962, 2.1.3', () => {
  const ranges = [3, 4, 6].map((older) =>
    consistencyRanges(older, 7).map(({ start, end }) => `${String(start)}-${String(end)}`),
  );
  expect(ranges).toEqual([['2-3', '3-4', '0-2', '4-7'], ['4-7'], ['4-6', '6-7', '0-4']]);
});

test('a leaf is in each tree that has it, at its own place only', () => {
  for (const size of SIZES) {
    const leaves = many.slice(0, size);
    const root = rootOf(leaves);
    for (const [index, leaf] of leaves.entries()) {
      const path = pathOf(index, leaves);
      expect(rootFromPath(leaf, index, size, path)).toEqual(root);
      for (const other of leaves.keys()) {
        if (other !== index) expect(rootFromPath(leaf, other, size, path)).not.toEqual(root);
      }
      expect(rootFromPath(leaf, index, size, [...path, leaf])).toBeNull();
      if (path.length > 0) expect(rootFromPath(leaf, index, size, path.slice(1))).toBeNull();
    }
    expect(rootFromPath(many[0]!, size, size, [])).toBeNull();
  }
});

test('a tree is consistent with each that it grew from, and with no other', () => {
  for (const size of SIZES) {
    const newer = { size, root: rootOf(many.slice(0, size)) };
    for (let before = 0; before <= size; before += 1) {
      const older = { size: before, root: rootOf(many.slice(0, before)) };
      const proof = consistencyRanges(before, size).map(({ start, end }) =>
        rootOf(many.slice(start, end)),
      );
      expect(isConsistent(older, newer, proof)).toBe(true);
      expect(isConsistent({ ...older, root: leafHash('other') }, newer, proof)).toBe(false);
      expect(isConsistent(older, { ...newer, root: leafHash('other') }, proof)).toBe(before === 0);
      expect(isConsistent(older, newer, [...proof, leafHash('more')])).toBe(false);
      if (proof.length > 0) expect(isConsistent(older, newer, proof.slice(1))).toBe(false);
      if (before < size) expect(isConsistent(newer, older, proof)).toBe(false);
    }
  }
});

test('what is not in a tree has no path', () => {
  for (const [index, size] of [
    [0, 0],
    [3, 3],
    [-1, 3],
    [Number.NaN, 3],
  ] as const) {
    expect(() => inclusionRanges(index, size)).toThrow(RangeError);
  }
  expect(() => consistencyRanges(4, 3)).toThrow(RangeError);
});
