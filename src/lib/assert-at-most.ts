/**
 * Rejects oversized input from internal callers, before anything is done.
 * @param what what is counted, in the plural
 * @throws RangeError that says how many there are, never which
 */
export function assertAtMost(max: number, items: readonly unknown[], what: string): void {
  if (items.length > max) {
    throw new RangeError(`${String(items.length)} ${what}, more than ${String(max)}`);
  }
}
