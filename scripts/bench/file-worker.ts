import type { Context } from '../../src/context';
import type { Batch, BatchState } from '../../src/store/batches';
import { type Child, startChild } from './children';

/** The batch says itself when it ended; looking often would slow it down. */
const END_POLL_MS = 250;

/** A worker under measurement. */
export function startWorker(env: Record<string, string>): Promise<Child> {
  return startChild('workers/main.ts', env, (line) => line.msg === 'worker ready');
}

/**
 * Waits for the end of a batch, or of its dry run.
 * @throws when it ends in another state
 */
export async function ended(
  ctx: Context,
  { _id }: Batch,
  expected: BatchState = 'completed',
): Promise<Batch> {
  const batch = await poll(async () => {
    const now = await ctx.store.batches.find(_id);
    return now && !now.open ? now : null;
  }, END_POLL_MS);
  if (batch.state !== expected) throw new Error(`the batch ended ${batch.state}: ${batch.error}`);
  return batch;
}

/** Looks again and again until there is something to see. */
export async function poll<T>(look: () => Promise<T | null>, everyMs: number): Promise<T> {
  for (;;) {
    const seen = await look();
    if (seen !== null) return seen;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
