import { inTime } from '../lib/deadline';
import type { Store } from '../store';
import { errorForLog, type Logger } from '../telemetry/logger';
import { type OutboxName, OUTBOXES } from './outbox-jobs';

const DEADLINE_MS = 1_500;

/** Age in seconds of the oldest unfinished work, 0 without any; null: its database is away. */
export type OutboxLags = Record<OutboxName, number | null>;

/** Reads each outbox on its own: the database of one region may be away alone. Never throws. */
export async function readOutboxLags(store: Store, log: Logger): Promise<OutboxLags> {
  const names = Object.keys(OUTBOXES) as OutboxName[];
  const lags = names.map(async (source) => {
    try {
      const oldest = await inTime(DEADLINE_MS, store[source].oldestPendingAt());
      return [source, ageSeconds(oldest, store.now())] as const;
    } catch (error) {
      log.warn({ source, error: errorForLog(error) }, 'an outbox could not be read');
      return [source, null] as const;
    }
  });
  return Object.fromEntries(await Promise.all(lags)) as OutboxLags;
}

function ageSeconds(since: Date | null, now: Date): number {
  return since ? Math.max(0, now.getTime() - since.getTime()) / 1_000 : 0;
}
