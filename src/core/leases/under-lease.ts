import { randomUUID } from 'node:crypto';
import type { Context } from '../../context';
import { pause } from '../../lib/pause';
import { repeat } from '../../lib/repeat';
import type { Lease } from '../../store/leases';
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

/** A holder that is alive renews three times as often as its lease lapses. */
const RENEWALS = 3;
/** How often it is asked whether a lease has been renewed or has lapsed. */
const ASK_AGAIN_MS = 250;
/**
 * How long a lease lasts: less than it takes until a job of a dead worker is given to another, so that
 * whoever gets it finds the lease free, or soon.
 */
export const LEASE_MS = 6_000;

/**
 * Does work that one process at a time may do. The lease is renewed while the work goes on and lapses
 * after `leaseMs` when the process dies; a lease that is not renewed is waited for.
 *
 * A process that was paused finds its signal aborted when it wakes; the single step that it was in may
 * still be carried out. So each step under a lease does nothing new when it is done twice, or is
 * written only where nothing newer stands.
 * @param name of the work, the same in every process
 * @returns what the work returns; null when another process is at it
 */
export async function underLease<T>({
  ctx,
  name,
  leaseMs = LEASE_MS,
  signal,
  work,
}: {
  ctx: Context;
  name: string;
  leaseMs?: number;
  signal: AbortSignal;
  work: (held: Held) => Promise<T>;
}): Promise<T | null> {
  const { leases } = ctx.store;
  const holder = randomUUID();
  const askedAt = { ms: performance.now() };
  const taken = await takeOnceLapsed({ ctx, name, holder, leaseMs, signal, askedAt });
  if (!taken) return null;
  const lost = new AbortController();
  // Also right after a pause of the process: timers fire before pending I/O is handled.
  const lapsesAfter = (ms: number) =>
    setTimeout(
      () => {
        lost.abort();
      },
      Math.max(0, ms + leaseMs - performance.now()),
    );
  let lapse = lapsesAfter(askedAt.ms);
  const renewal = repeat(leaseMs / RENEWALS, async () => {
    const startedAt = performance.now();
    try {
      if (!(await leases.renew(name, holder, leaseMs))) lost.abort();
      clearTimeout(lapse);
      lapse = lapsesAfter(startedAt);
    } catch (error) {
      // MongoDB may answer again before the lease lapses.
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
    clearTimeout(lapse);
    await leases.giveBack(name, holder).catch((error: unknown) => {
      ctx.log.warn({ lease: name, error: errorForLog(error) }, 'lease not given back');
    });
  }
}

/** Takes a lease that is free, or lapses without having been touched; null: its holder is alive. */
async function takeOnceLapsed({
  ctx,
  name,
  holder,
  leaseMs,
  signal,
  askedAt,
}: {
  ctx: Context;
  name: string;
  holder: string;
  leaseMs: number;
  signal: AbortSignal;
  /** Set to when the successful attempt began. */
  askedAt: { ms: number };
}): Promise<Lease | null> {
  const { leases } = ctx.store;
  let seen: Lease | null = null;
  // One that lasts longer is of an earlier release: whoever comes next looks again.
  const giveUpAt = performance.now() + leaseMs + 4 * ASK_AGAIN_MS;
  do {
    askedAt.ms = performance.now();
    const taken = await leases.take(name, holder, leaseMs);
    if (taken) return taken;
    seen ??= await leases.find(name);
    await pause(ASK_AGAIN_MS, signal);
    const theirs = await leases.find(name);
    // Without a holder: given back since it was asked for.
    if (!seen?.holder || !theirs || isTouched(seen, theirs)) return null;
  } while (!signal.aborted && performance.now() < giveUpAt);
  return null;
}

/** Whether its holder has renewed it, or given it back, or another has it now. */
function isTouched(before: Lease, after: Lease): boolean {
  return before.holder !== after.holder || before.until.getTime() !== after.until.getTime();
}
