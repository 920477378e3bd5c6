// Merkle trees as of RFC 6962, section 2.1, with SHA-256.
import { hash as digestOf } from 'node:crypto';

/** Bytes of a hash. */
export const HASH_BYTES = 32;

/** Leaves from `start` up to, and without, `end`. */
export interface LeafRange {
  start: number;
  end: number;
}

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

/** The root of a tree without leaves. */
export const EMPTY_ROOT: Buffer = sha256('');

/** The hash of a leaf, from its bytes. */
export function leafHash(bytes: Buffer | string): Buffer {
  return sha256(typeof bytes === 'string' ? `\0${bytes}` : Buffer.concat([LEAF, bytes]));
}

/** The hash above two others. */
export function nodeHash(left: Buffer, right: Buffer): Buffer {
  return sha256(Buffer.concat([NODE, left, right]));
}

/** In one call: with an object for each hash a log takes twice as long. */
function sha256(bytes: Buffer | string): Buffer {
  return digestOf('sha256', bytes, 'buffer');
}

/** The root of a tree that is all in memory, from the hashes of its leaves. */
export function rootOf(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return EMPTY_ROOT;
  return hashOfRange({ start: 0, end: leaves.length }, ({ start, end }) =>
    end - start === 1 ? leaves[start] : undefined,
  );
}

/** The audit path of a leaf in a tree that is all in memory. */
export function pathOf(index: number, leaves: readonly Buffer[]): Buffer[] {
  return inclusionRanges(index, leaves.length).map(({ start, end }) =>
    rootOf(leaves.slice(start, end)),
  );
}

/**
 * The hash above a range of leaves.
 * @param known gives hashes that need not be computed from others: at least those of single leaves
 * @throws RangeError when it gives none of a single leaf
 */
export function hashOfRange(
  range: LeafRange,
  known: (range: LeafRange) => Buffer | undefined,
): Buffer {
  const hash = known(range);
  if (hash) return hash;
  const { start, end } = range;
  if (end - start <= 1) throw new RangeError(`no hash of leaf ${String(start)}`);
  const middle = start + splitOf(end - start);
  return nodeHash(
    hashOfRange({ start, end: middle }, known),
    hashOfRange({ start: middle, end }, known),
  );
}

/**
 * What the audit path of a leaf consists of, the leaf's neighbour first (RFC 6962, 2.1.1).
 * @throws RangeError when the tree has no such leaf
 */
export function inclusionRanges(index: number, size: number): LeafRange[] {
  if (!(index >= 0 && index < size)) throw new RangeError(`no leaf ${String(index)}`);
  const path: LeafRange[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      path.push({ start: middle, end });
      end = middle;
    } else {
      path.push({ start, end: middle });
      start = middle;
    }
  }
  return path.reverse();
}

/**
 * What the proof consists of that a tree goes on where a smaller one stopped (RFC 6962, 2.1.2).
 * @throws RangeError when the older one is the larger
 */
export function consistencyRanges(oldSize: number, size: number): LeafRange[] {
  if (!(oldSize >= 0 && oldSize <= size)) throw new RangeError(`no tree of ${String(oldSize)}`);
  if (oldSize === 0 || oldSize === size) return [];
  const proof: LeafRange[] = [];
  let [start, end] = [0, size];
  while (end !== oldSize) {
    const middle = start + splitOf(end - start);
    if (oldSize <= middle) {
      proof.push({ start: middle, end });
      end = middle;
    } else {
      proof.push({ start, end: middle });
      start = middle;
    }
  }
  // The older tree's own root is known to whoever has it.
  if (start > 0) proof.push({ start, end });
  return proof.reverse();
}

/**
 * The root that follows from a leaf and its audit path (RFC 9162, 2.1.3.2).
 * @returns null when a path of this length cannot be of that leaf
 */
export function rootFromPath(
  leaf: Buffer,
  index: number,
  size: number,
  path: readonly Buffer[],
): Buffer | null {
  if (!(index >= 0 && index < size)) return null;
  let [at, last, root] = [index, size - 1, leaf];
  for (const hash of path) {
    if (last === 0) return null;
    const isRight = at % 2 === 1 || at === last;
    root = isRight ? nodeHash(hash, root) : nodeHash(root, hash);
    while (isRight && at % 2 === 0 && at > 0) [at, last] = [half(at), half(last)];
    [at, last] = [half(at), half(last)];
  }
  return last === 0 ? root : null;
}

/** A tree as its checkpoints tell of it. */
export interface TreeHead {
  size: number;
  root: Buffer;
}

/** Whether a tree goes on where an older one stopped (RFC 9162, 2.1.4.2). */
export function isConsistent(older: TreeHead, newer: TreeHead, proof: readonly Buffer[]): boolean {
  if (older.size === newer.size) return proof.length === 0 && older.root.equals(newer.root);
  if (older.size > newer.size) return false;
  if (older.size === 0) return proof.length === 0 && older.root.equals(EMPTY_ROOT);
  const isPowerOfTwo = Number.isInteger(Math.log2(older.size));
  const [first, ...rest] = isPowerOfTwo ? [older.root, ...proof] : proof;
  if (!first || proof.length === 0) return false;
  let [at, last] = [older.size - 1, newer.size - 1];
  while (at % 2 === 1) [at, last] = [half(at), half(last)];
  let [oldRoot, newRoot] = [first, first];
  for (const hash of rest) {
    if (last === 0) return false;
    const isRight = at % 2 === 1 || at === last;
    if (isRight) [oldRoot, newRoot] = [nodeHash(hash, oldRoot), nodeHash(hash, newRoot)];
    else newRoot = nodeHash(newRoot, hash);
    while (isRight && at % 2 === 0 && at > 0) [at, last] = [half(at), half(last)];
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && oldRoot.equals(older.root) && newRoot.equals(newer.root);
}

function half(count: number): number {
  return Math.floor(count / 2);
}

/** The largest power of two below a number above one. */
function splitOf(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}
