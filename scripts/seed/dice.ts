/**
 * Numbers from 0 up to 1 that look random and are the same in each run (mulberry32).
 * @param seed a whole number: others give other numbers
 */
export function createDice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of a list, by a number from 0 up to 1. */
export function oneOf<T>(list: readonly [T, ...T[]], roll: number): T {
  return list[Math.floor(roll * list.length)] ?? list[0];
}
