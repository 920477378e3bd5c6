import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp } from './app';
import { ConfigError, readConfig } from './config';
import type { Context } from './context';
import { startRecording } from './core/activity/start-recording';
import { serveMetrics } from './core/health/serve-metrics';
import { startBeating } from './core/health/start-beating';
import { createContext } from './create-context';
import { drainServer } from './http/drain';
import { createWebServer } from './http/web-server';
import { errorForLog } from './telemetry/logger';

const DRAIN_DEADLINE_MS = 10_000;

/** The web process: reads its settings, connects, listens, and drains on SIGTERM. */
async function main(): Promise<void> {
  const { ctx, close } = await createContext(readConfig(process.env), 'web');
  const { app, drain: drainApp, close: closeApp } = createApp(ctx);
  const server = createWebServer(app);
  await listen(server, ctx);
  const { metricsPort: port } = ctx.config;
  const metrics = port === null ? null : serveMetrics({ ctx, port, setting: 'METRICS_PORT' });
  const recording = startRecording({ ctx });
  const beating = startBeating({ ctx, role: 'web' });
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    // A caller that never finishes must not keep the process alive.
    setTimeout(() => process.exit(1), DRAIN_DEADLINE_MS).unref();
    metrics?.close();
    drainApp();
    void drainServer(server).then(async () => {
      closeApp();
      await Promise.all([recording.stop(), beating.stop()]);
      await close();
      process.exit(0);
    });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function listen(server: Server, ctx: Context): Promise<void> {
  const { host, port } = ctx.config;
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new ConfigError(`PORT ${String(port)} on ${host} cannot be used (${error.code ?? ''})`),
      );
    });
    server.listen(port, host, () => {
      ctx.log.info({ host, port: (server.address() as AddressInfo).port }, 'listening');
      resolve();
    });
  });
}

/** Driver messages can contain data, so Node.js must not print uncaught errors itself. */
function die(error: unknown): void {
  if (error instanceof ConfigError) console.error(error.message);
  else console.error('rescind: the web process failed', errorForLog(error));
  process.exit(1);
}

process.on('uncaughtException', die);
process.on('unhandledRejection', die);
main().catch(die);
