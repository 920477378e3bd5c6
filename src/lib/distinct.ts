/** Each value once, in the order in which they first appear. */
export function distinct<T>(values: Iterable<T>): T[] {
  return [...new Set(values)];
}
