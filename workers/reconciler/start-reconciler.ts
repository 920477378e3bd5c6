import type { Context } from '../../src/context';
import { type OutboxName, OUTBOXES } from '../../src/queue/outbox-jobs';
import { isUnavailable } from '../../src/store';
import { errorForLog } from '../../src/telemetry/logger';
import { createOutageLog } from '../../src/telemetry/outage-log';
import { repeat, type Repetition } from '../../src/lib/repeat';
import { deliverAllDue } from '../../src/core/webhooks/deliver-soon';
import { handOverMissed } from './hand-over-missed';
import { watchRedis } from './redis-losses';
import { setMissingFlags } from './set-missing-flags';

const EVERY_MS = 2_000;
/** Tries of deliveries are no later than that. */
const DELIVER_EVERY_MS = 1_000;

/**
 * Finishes, on timers, whatever a crash or an outage of Redis left half done. Each loop goes at its own
 * pace: flags wait for no outbox and not for Redis, an outbox for no other and for no other region.
 */
export function startReconciler(ctx: Context, everyMs = EVERY_MS): Repetition {
  const redis = watchRedis(ctx);
  const loop = (
    of: string,
    round: (signal: AbortSignal) => Promise<void>,
    every = everyMs,
  ): Repetition => {
    const mongodb = createOutageLog(ctx.log, `mongodb (reconciler, ${of})`);
    return repeat(every, async (signal) => {
      try {
        await round(signal);
        mongodb.answered();
      } catch (error) {
        if (isUnavailable(error)) mongodb.failed(error);
        else ctx.log.error({ of, error: errorForLog(error) }, 'reconciling failed');
      }
    });
  };
  const loops = [
    loop('flags', () => setMissingFlags(ctx)),
    loop('webhooks', () => deliverAllDue({ ctx }), Math.min(everyMs, DELIVER_EVERY_MS)),
    ...(Object.keys(OUTBOXES) as OutboxName[]).map((name) =>
      loop(name, (signal) => handOverMissed({ ctx, name, redis, signal })),
    ),
  ];
  return {
    stop: async () => {
      redis.close();
      await Promise.all(loops.map(({ stop }) => stop()));
    },
  };
}
