import type { Context } from '../src/context';
import { type Hashed, HASHED, rehashIdentifiers } from '../src/core/identifiers/rehash';
import { MINUTE_MS } from '../src/lib/durations';
import { repeat, type Repetition } from '../src/lib/repeat';
import { errorForLog } from '../src/telemetry/logger';

const EVERY_MS = MINUTE_MS;
/**
 * While a new release replaces the old one, processes of both run, and the old ones look for the old
 * hashes only.
 */
const AFTER_MS = 5 * MINUTE_MS;

/** Brings hashes written by earlier releases up to date, once; one of all workers does it. */
export function startRehashing(ctx: Context, everyMs = EVERY_MS, afterMs = AFTER_MS): Repetition {
  const startedAt = performance.now();
  let left: readonly Hashed[] = HASHED;
  return repeat(everyMs, async (signal) => {
    if (performance.now() - startedAt < afterMs) return;
    for (const one of left) {
      try {
        const outcome = await rehashIdentifiers({ ctx, ...one, signal });
        if (outcome === 'done') left = left.filter((other) => other !== one);
      } catch (error) {
        // The next round goes on where this one stopped; the other region is not held up.
        ctx.log.warn({ ...one, error: errorForLog(error) }, 'hashes not brought up to date yet');
      }
    }
  });
}
