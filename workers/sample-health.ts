import type { Context } from '../src/context';
import { sampleHealth } from '../src/core/health/sample-health';
import { repeat, type Repetition } from '../src/lib/repeat';
import { createOutageLog } from '../src/telemetry/outage-log';

/** More than once a minute, so that no minute is missed; all but the first try do nothing. */
const EVERY_MS = 15_000;

/** Records once a minute how queues and outboxes stand; one of all workers does it. */
export function startHealthSampler(ctx: Context, everyMs = EVERY_MS): Repetition {
  const outage = createOutageLog(ctx.log, 'mongodb (health samples)');
  return repeat(everyMs, async () => {
    try {
      await sampleHealth({ ctx });
      outage.answered();
    } catch (error) {
      outage.failed(error);
    }
  });
}
