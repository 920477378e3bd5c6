/** Collects items into pages of up to `size`; throws instead of a page once the signal is aborted. */
export async function* inPages<T>(
  items: AsyncIterable<T>,
  size: number,
  signal: AbortSignal,
): AsyncGenerator<T[]> {
  let page: T[] = [];
  for await (const item of items) {
    if (page.push(item) < size) continue;
    signal.throwIfAborted();
    yield page;
    page = [];
  }
  signal.throwIfAborted();
  if (page.length > 0) yield page;
}
