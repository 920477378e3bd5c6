import { settled } from '../../lib/settled';

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

/** The same pages, each read while the one before it is worked on. */
export async function* readAhead<T>(pages: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  let next = settled(pages.next());
  try {
    for (;;) {
      const read = await next;
      if (read.status === 'rejected') throw read.reason;
      if (read.value.done) return;
      next = settled(pages.next());
      yield read.value.value;
    }
  } finally {
    await next;
    await pages.return();
  }
}
