const AT_A_TIME = 16;

/** Does `work` for all, 16 at a time; throws the first error once those under way have ended. */
export async function inParallel<T>(items: T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += AT_A_TIME) {
    const results = await Promise.allSettled(items.slice(from, from + AT_A_TIME).map(work));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}
