import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../context';
import type { Batch } from '../../store/batches';
import type { HeldBatch } from './rows/held-batch';

/** How long others wait after a holder's last progress before they take over. */
const LEASE_MS = 10_000;
const ASK_AGAIN_MS = 500;

/** Another worker holds the batch now. */
export class LeaseLost extends Error {}

/**
 * Takes the lease of an open batch, waiting while another worker holds it.
 * @returns null when the batch is not open: nothing is left to do
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
