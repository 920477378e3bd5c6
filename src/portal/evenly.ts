/**
 * Does work in a time that says little about it: the result comes at the next full multiple of
 * `quantumMs` after the start, whether there was nothing to do or a little.
 */
export async function evenly<T>(quantumMs: number, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  try {
    return await work();
  } finally {
    const tookMs = performance.now() - startedAt;
    const restMs = Math.ceil(tookMs / quantumMs) * quantumMs - tookMs;
    await new Promise((resolve) => setTimeout(resolve, restMs));
  }
}
