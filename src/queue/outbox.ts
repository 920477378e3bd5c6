import type { JobKind, JobPayload } from '../jobs/catalog';
import type { Store } from '../store';
import { errorForLog, type Logger } from '../telemetry/logger';
import type { Queues } from './queues';

/**
 * Hands recorded work to the queue. The records in MongoDB are the outbox: what is not handed over
 * here, because the process died or Redis was away, the reconciler of the workers finds and hands
 * over later.
 */
export interface Outbox {
  /** Starts handing over; never waits and never throws. */
  revocationRecorded: (revocationId: string) => void;
  retentionReserved: (jobRef: string) => void;
  /** Resolves when everything started has ended. */
  drain: () => Promise<void>;
}

/** The outbox of one process. */
export function openOutbox(store: Store, queues: Queues, log: Logger): Outbox {
  const underWay = new Set<Promise<void>>();
  const start = (work: Promise<void>, id: string) => {
    const watched = work
      .catch((error: unknown) => {
        log.warn({ id, error: errorForLog(error) }, 'not enqueued; the reconciler will');
      })
      .finally(() => underWay.delete(watched));
    underWay.add(watched);
  };
  return {
    revocationRecorded: (id) => {
      start(handOverRevocation(store, queues, id), id);
    },
    retentionReserved: (jobRef) => {
      start(handOverRetention(store, queues, jobRef), jobRef);
    },
    drain: async () => {
      await Promise.all(underWay);
    },
  };
}

/** Enqueues the follow-up of a revocation and notes when. */
export async function handOverRevocation(store: Store, queues: Queues, id: string): Promise<void> {
  await handOver(queues, 'follow-up-revocation', { revocation_id: id }, id);
  await store.revocations.markEnqueued(id, new Date());
}

/** Enqueues a reserved retention and notes when. */
export async function handOverRetention(
  store: Store,
  queues: Queues,
  jobRef: string,
): Promise<void> {
  await handOver(queues, 'carry-out-retention', { job_ref: jobRef }, jobRef);
  await store.retentions.markEnqueued(jobRef, new Date());
}

async function handOver<K extends JobKind>(
  queues: Queues,
  kind: K,
  payload: JobPayload<K>,
  id: string,
): Promise<void> {
  await queues.enqueue(kind, payload, `${kind}-${id}`);
}
