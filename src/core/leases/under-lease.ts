import { randomUUID } from 'node:crypto';
import type { Context } from '../../context';
import { repeat } from '../../lib/repeat';
import { errorForLog } from '../../telemetry/logger';

/** What work under a lease is given. */
export interface Held {
  /** Aborted when the caller's signal is, or when the lease is lost. */
  signal: AbortSignal;
  /** Where the last holder stopped; null: at the beginning. */
  cursor: string | null;
  /** Writes down how far this holder has come. */
  saveCursor: (cursor: string | null) => Promise<void>;
}

/**
 * Does work that one process at a time may do. The lease is renewed while the work goes on and lapses
 * after `leaseMs` when the process dies.
 * @param name of the work, the same in every process
 * @returns what the work returns; null when another process is at it
 */
export async function underLease<T>({
  ctx,
  name,
  leaseMs,
  signal,
  work,
}: {
  ctx: Context;
  name: string;
  leaseMs: number;
  signal: AbortSignal;
  work: (held: Held) => Promise<T>;
}): Promise<T | null> {
  const { leases } = ctx.store;
  const holder = randomUUID();
  const taken = await leases.take(name, holder, leaseMs);
  if (!taken) return null;
  const lost = new AbortController();
  let renewedAt = performance.now();
  const renewal = repeat(leaseMs / 3, async () => {
    const startedAt = performance.now();
    try {
      if (await leases.take(name, holder, leaseMs)) renewedAt = startedAt;
      else lost.abort();
    } catch (error) {
      // MongoDB may answer again before the lease lapses.
      if (startedAt - renewedAt > leaseMs / 2) lost.abort();
      ctx.log.warn({ lease: name, error: errorForLog(error) }, 'lease not renewed');
    }
  });
  try {
    return await work({
      signal: AbortSignal.any([signal, lost.signal]),
      cursor: taken.cursor,
      saveCursor: async (cursor) => {
        if (!(await leases.saveCursor(name, holder, cursor))) lost.abort();
      },
    });
  } finally {
    await renewal.stop();
    await leases.giveBack(name, holder).catch((error: unknown) => {
      ctx.log.warn({ lease: name, error: errorForLog(error) }, 'lease not given back');
    });
  }
}
