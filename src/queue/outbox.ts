import type { JobKind, JobPayload } from '../jobs/catalog';
import type { Store } from '../store';
import type { Batch } from '../store/batches';
import { errorForLog, type Logger } from '../telemetry/logger';
import type { Queues } from './queues';

/** Files behind that many of their own company's are taken as they come. */
const MAX_RANK = 10_000;

/** The collections whose records are work for the queue. */
export type OutboxName = keyof typeof OUTBOXES;

/**
 * Hands recorded work to the queue. The records in MongoDB are the outbox: what is not handed over
 * here, because the process died or Redis was away, the workers' reconciler hands over later.
 */
export interface Outbox {
  /** Starts handing over what was recorded; never waits and never throws. */
  recorded: (name: OutboxName, id: string) => void;
  /** Resolves when everything started has ended. */
  drain: () => Promise<void>;
}

/** The outbox of one process. */
export function openOutbox(store: Store, queues: Queues, log: Logger): Outbox {
  const underWay = new Set<Promise<void>>();
  return {
    recorded: (name, id) => {
      const watched = handOver(store, queues, name, id)
        .catch((error: unknown) => {
          log.warn({ id, error: errorForLog(error) }, 'not enqueued; the reconciler will');
        })
        .finally(() => underWay.delete(watched));
      underWay.add(watched);
    },
    drain: async () => {
      await Promise.all(underWay);
    },
  };
}

/** Enqueues the job of one recorded piece of work, and notes when. */
export async function handOver(
  store: Store,
  queues: Queues,
  name: OutboxName,
  id: string,
): Promise<void> {
  await OUTBOXES[name](store, queues, id);
  await store[name].markEnqueued(id, new Date());
}

/** How each collection's records become jobs. */
export const OUTBOXES = {
  revocations: (_store: Store, queues: Queues, id: string) =>
    enqueue(queues, 'follow-up-revocation', { revocation_id: id }, id),
  consentRevocations: (_store: Store, queues: Queues, id: string) =>
    enqueue(queues, 'follow-up-consent', { region: 'default', revocation_id: id }, id),
  retentions: (_store: Store, queues: Queues, jobRef: string) =>
    enqueue(queues, 'carry-out-retention', { job_ref: jobRef }, jobRef),
  batches: async (store: Store, queues: Queues, id: string) => {
    const batch = await store.batches.find(id);
    // A long list is stored and processed like a file.
    const isList = batch?.method === 'bulk' && !batch.upload;
    const kind = isList ? 'finish-bulk-batch' : 'run-csv-batch';
    // The job of the dry run may still be ending when the real run is asked for.
    const rank = batch && kind === 'run-csv-batch' ? await rankOf(store, batch) : 0;
    await enqueue(queues, kind, { batch_id: id }, `${id}-${String(batch?.run ?? 0)}`, rank);
  },
  cleanups: (_store: Store, queues: Queues, id: string) =>
    enqueue(queues, 'clean-up', { cleanup_id: id }, id),
  mails: (_store: Store, queues: Queues, id: string) =>
    enqueue(queues, 'send-mail', { mail_id: id }, id),
  // Last: the database of the US region may be away alone.
  usConsentRevocations: (_store: Store, queues: Queues, id: string) =>
    enqueue(queues, 'follow-up-consent', { region: 'us', revocation_id: id }, id),
};

async function enqueue<K extends JobKind>(
  queues: Queues,
  kind: K,
  payload: JobPayload<K>,
  id: string,
  rank = 0,
): Promise<void> {
  await queues.enqueue(kind, payload, `${kind}-${id}`, rank);
}

/**
 * How many files of its company come first: companies take turns, as the second file of one waits
 * behind the first of every other.
 */
function rankOf(store: Store, { company_id, requested_at }: Batch): Promise<number> {
  return store.batches.countBefore(company_id, requested_at, MAX_RANK);
}
