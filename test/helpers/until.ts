const POLL_MS = 25;

/**
 * Waits until `condition` gives something other than false, null or undefined, and returns it.
 * @throws after `withinMs`, naming what was waited for
 */
export async function until<T>(
  what: string,
  condition: () => Promise<T> | T,
  withinMs = 20_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== null && value !== undefined) {
      return value as NonNullable<Exclude<T, false>>;
    }
    if (Date.now() > deadline) throw new Error(`Waited ${String(withinMs)} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
