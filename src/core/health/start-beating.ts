import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Context } from '../../context';
import { ownVersion } from '../../lib/own-version';
import { repeat, type Repetition } from '../../lib/repeat';
import type { ProcessRole } from '../../store/processes';
import { errorForLog } from '../../telemetry/logger';
import { createOutageLog } from '../../telemetry/outage-log';
import { createRecentChecks } from './recent-checks';

/** Three beats are missed before a process counts as dead; see `ALIVE_MS`. */
const EVERY_MS = 4_000;
const ID_BYTES = 3;

/**
 * Says in MongoDB every few seconds that this process lives, by MongoDB's clock. `stop` says that it
 * ends; a process that dies says nothing, and is missed after 15 s.
 * @param takes the queues that it takes jobs from at the moment
 */
export function startBeating({
  ctx,
  role,
  takes = () => [],
  everyMs = EVERY_MS,
}: {
  ctx: Context;
  role: ProcessRole;
  takes?: () => string[];
  everyMs?: number;
}): Repetition & { id: string } {
  const id = `${role}-${randomBytes(ID_BYTES).toString('hex')}`;
  const said = { role, host: hostname(), version: ownVersion(), started_at: ctx.now() };
  const checks = role === 'web' ? createRecentChecks(ctx.metrics) : () => null;
  const outage = createOutageLog(ctx.log, 'mongodb (heartbeat)');
  const beating = repeat(everyMs, async () => {
    try {
      await ctx.store.processes.beat(id, { ...said, takes: takes(), checks: await checks() });
      outage.answered();
    } catch (error) {
      outage.failed(error);
    }
  });
  return {
    id,
    stop: async () => {
      await beating.stop();
      try {
        await ctx.store.processes.end(id);
      } catch (error) {
        ctx.log.warn({ error: errorForLog(error) }, 'could not say that this process ends');
      }
    },
  };
}
