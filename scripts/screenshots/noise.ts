import { createHash } from 'node:crypto';

/** A number from 0 up to 1 that looks random and is the same in each run. */
export function noise(n: number): number {
  return createHash('sha256').update(String(n)).digest().readUInt32BE() / 2 ** 32;
}
