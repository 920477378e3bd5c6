import type { Context } from '../../src/context';
import { putBackSchedules } from '../../src/queue/schedules';
import { watchMasters } from '../../src/queue/masters';
import { hasMarks, setMarks } from '../../src/queue/wipe-mark';
import { createOutageLog } from '../../src/telemetry/outage-log';

/** What the loops of a reconciler share about Redis. */
export interface RedisLosses {
  /**
   * Makes sure that Redis has the schedules, and finds since when it has lost nothing.
   * @returns jobs enqueued before this may be lost; null: Redis does not answer
   */
  lostBefore: () => Promise<Date | null>;
  /** Notes that Redis refused. */
  failed: (error: unknown) => void;
  close: () => void;
}

/** Watches for a Redis that comes back empty, or without its last second. */
export function watchRedis(ctx: Context): RedisLosses {
  const { queues } = ctx;
  const outage = createOutageLog(ctx.log, 'redis (reconciler)');
  const masters = watchMasters(queues.redis);
  let since: Date | null = null;
  const look = async (): Promise<Date | null> => {
    try {
      if (masters.changed()) since = null;
      if (!(since && (await hasMarks(queues)))) {
        const now = ctx.now();
        await putBackSchedules(queues);
        await setMarks(queues);
        since = now;
      }
      outage.answered();
      return since;
    } catch (error) {
      outage.failed(error);
      return null;
    }
  };
  let looking: Promise<Date | null> | null = null;
  return {
    // Loops that ask at the same time share one look.
    lostBefore: () => {
      looking ??= look().finally(() => {
        looking = null;
      });
      return looking;
    },
    failed: (error) => outage.failed(error),
    close: masters.close,
  };
}
