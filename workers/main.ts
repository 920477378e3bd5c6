import { ConfigError, readConfig } from '../src/config';
import { startRecording } from '../src/core/activity/start-recording';
import { serveMetrics } from '../src/core/health/serve-metrics';
import { startBeating } from '../src/core/health/start-beating';
import { createContext } from '../src/create-context';
import { errorForLog } from '../src/telemetry/logger';
import { startConsumers } from './consumers';
import { startReconciler } from './reconciler/start-reconciler';
import { startRehashing } from './rehash-identifiers';
import { startHealthSampler } from './sample-health';
import { startLogs } from './start-logs';

const DRAIN_DEADLINE_MS = 10_000;
/** Jobs get a little less, so that there is time to close the connections. */
const JOBS_DEADLINE_MS = 9_000;

/** The worker process: reads its settings, connects, works, and drains on SIGTERM. */
async function main(): Promise<void> {
  const { ctx, close } = await createContext(readConfig(process.env), 'worker');
  const consumers = startConsumers(ctx);
  const reconciler = startReconciler(ctx);
  const sampler = startHealthSampler(ctx);
  const rehashing = startRehashing(ctx);
  const logs = startLogs(ctx);
  const recording = startRecording({ ctx });
  const beating = startBeating({ ctx, role: 'worker', takes: consumers.taking });
  const { workerMetricsPort: port } = ctx.config;
  const metrics =
    port === null ? null : serveMetrics({ ctx, port, setting: 'WORKER_METRICS_PORT' });
  ctx.log.info({ queues: consumers.queues }, 'worker ready');

  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    ctx.log.info('worker stopping');
    metrics?.close();
    // What has not ended by then is left to another worker, or to this one once it is back.
    setTimeout(() => process.exit(0), DRAIN_DEADLINE_MS).unref();
    const loops = [reconciler, sampler, rehashing, logs].map((loop) => loop.stop());
    void Promise.allSettled([consumers.close(JOBS_DEADLINE_MS), ...loops])
      .then(() => Promise.all([recording.stop(), beating.stop()]))
      .then(close)
      .then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** Driver messages can contain data, so Node.js must not print uncaught errors itself. */
function die(error: unknown): void {
  if (error instanceof ConfigError) console.error(error.message);
  else console.error('rescind: the worker process failed', errorForLog(error));
  process.exit(1);
}

process.on('uncaughtException', die);
process.on('unhandledRejection', die);
main().catch(die);
