import type { Context } from '../src/context';
import { growLog, LOG_REGIONS } from '../src/core/proof/grow-log';
import { repeat, type Repetition } from '../src/lib/repeat';
import { createOutageLog } from '../src/telemetry/outage-log';

/** How soon a worker looks whether the one that grows the log has gone. */
const EVERY_MS = 2_000;

/** Grows the log of each region by which it proves what it recorded; one of all workers does it. */
export function startLogs(ctx: Context, everyMs = EVERY_MS): Repetition {
  const loops = LOG_REGIONS.map((region) => {
    const outage = createOutageLog(ctx.log, `mongodb (log of region ${region})`);
    return repeat(everyMs, async (signal) => {
      try {
        await growLog({ ctx, region, signal });
        outage.answered();
      } catch (error) {
        outage.failed(error);
      }
    });
  });
  return {
    stop: async () => {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}
