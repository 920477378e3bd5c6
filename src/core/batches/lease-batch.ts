import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../context';
import type { Session } from '../../store';
import type { Batch } from '../../store/batches';

/** How long others wait after a holder's last progress before they take over. */
const LEASE_MS = 10_000;
const ASK_AGAIN_MS = 500;

/** Somebody else works on the batch now. */
export class LeaseLost extends Error {}

/** A batch that is worked on here and nowhere else. */
export interface HeldBatch {
  /** As of the last progress. */
  batch: Batch;
  /**
   * Writes progress, whatever the state has become meanwhile.
   * @throws LeaseLost
   */
  progress: (
    change: Omit<Parameters<Context['store']['batches']['progress']>[2], 'leaseMs'>,
    session?: Session,
  ) => Promise<Batch>;
  release: () => Promise<void>;
}

/**
 * Takes an open batch, waiting for as long as somebody else holds it.
 * @returns null when nothing is left to be done on it
 */
export async function leaseBatch({
  ctx,
  batchId,
  signal,
}: {
  ctx: Context;
  batchId: string;
  signal: AbortSignal;
}): Promise<HeldBatch | null> {
  const { store } = ctx;
  for (;;) {
    const leased = await store.batches.lease(batchId, LEASE_MS);
    if (leased) return hold(store, leased);
    if (!(await store.batches.find(batchId))?.open) return null;
    await sleep(ASK_AGAIN_MS, undefined, { signal });
  }
}

function hold(store: Context['store'], leased: Batch): HeldBatch {
  const { _id, fence } = leased;
  const held: HeldBatch = {
    batch: leased,
    progress: async (change, session) => {
      const leaseMs = LEASE_MS;
      const batch = await store.batches.progress(_id, fence, { ...change, leaseMs }, session);
      if (!batch) throw new LeaseLost();
      held.batch = batch;
      return batch;
    },
    release: () => store.batches.release(_id, fence),
  };
  return held;
}
