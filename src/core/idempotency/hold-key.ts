import { setTimeout as wait } from 'node:timers/promises';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { errorForLog } from '../../telemetry/logger';

/** Short, so that the key of a process that died is free again soon. */
export const KEY_LEASE_MS = 4_000;
const RENEW_EVERY_MS = 1_500;
const RELEASE_TRIES = 8;
const FIRST_PAUSE_MS = 250;

/** The right to perform the operation of an Idempotency-Key. */
export interface HeldKey {
  id: string;
  lease: string;
  /** The same for every attempt under this key; it makes the effect unique. */
  operationId: string;
}

interface Failed {
  ctx: Context;
  heldKey: HeldKey;
  /** What the attempt failed with. */
  error: unknown;
}

/**
 * Works under a held key: renews its lease as long as `work` takes, and gives the key back when that
 * fails.
 * @throws whatever `work` throws
 */
export async function whileHeld<Result>({
  ctx,
  heldKey,
  work,
}: {
  ctx: Context;
  heldKey: HeldKey;
  work: () => Promise<Result>;
}): Promise<Result> {
  const { id, lease } = heldKey;
  const renewing = setInterval(() => {
    ctx.store.idempotency.renew(id, lease, KEY_LEASE_MS).catch((error: unknown) => {
      // Whoever takes over then repeats the same operation; what is left of ours does not count.
      ctx.log.debug({ error: errorForLog(error) }, 'lease of an Idempotency-Key not renewed');
    });
  }, RENEW_EVERY_MS);
  try {
    return await work();
  } catch (error) {
    // Where MongoDB is away, the caller gets the first error without waiting for this one.
    await releaseKey({ ctx, heldKey, error }).catch(() => {
      releaseLater({ ctx, heldKey, nothingDone: isRefusal(error) });
    });
    throw error;
  } finally {
    clearInterval(renewing);
  }
}

/**
 * Gives a key back after a failure. A refusal did nothing, so the key is free again; when the outcome
 * is unknown, the next attempt continues under the same operation id.
 */
export function releaseKey({ ctx, heldKey, error }: Failed): Promise<void> {
  return release({ ctx, heldKey, nothingDone: isRefusal(error) });
}

function isRefusal(error: unknown): boolean {
  return error instanceof AppError && error.status < 500;
}

interface Release {
  ctx: Context;
  heldKey: HeldKey;
  nothingDone: boolean;
}

async function release({ ctx, heldKey: { id, lease }, nothingDone }: Release): Promise<void> {
  if (nothingDone) await ctx.store.idempotency.remove(id, lease);
  else await ctx.store.idempotency.release(id, lease);
}

/**
 * Gives a key back in the background, trying for a minute: until then it may be held by nobody. After
 * that it counts as held by a process that died.
 */
export function releaseLater(asked: Release): void {
  void tryToRelease(asked);
}

async function tryToRelease(asked: Release): Promise<void> {
  for (let tries = 1; ; tries++) {
    await wait(FIRST_PAUSE_MS * 2 ** (tries - 1), undefined, { ref: false });
    try {
      await release(asked);
      return;
    } catch (error) {
      if (tries < RELEASE_TRIES) continue;
      const { log } = asked.ctx;
      log.warn({ error: errorForLog(error) }, 'Idempotency-Key not released: its lease runs out');
      return;
    }
  }
}
