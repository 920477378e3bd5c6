import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { startMongo } from './mongo';
import { startRedis } from './redis';
import type { LocalService, Log, StartOptions } from './types';

/**
 * Runs `work` over a MongoDB and a Redis of its own, both thrown away afterwards, with their data.
 * Ctrl-C, too, leaves nothing behind: leaving ends every child that `watchExit` watches.
 */
export async function withThrowawayServices(
  name: string,
  log: Log,
  work: (mongoUri: string, redisUrl: string) => Promise<void>,
): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // The shell's convention for a process that a signal ended.
    process.on(signal, () => process.exit(128 + constants.signals[signal]));
  }
  const scratch = await mkdtemp(path.join(tmpdir(), `rescind-${name}-`));
  const forget = () => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  try {
    await withService(startMongo, { dataDir: path.join(scratch, 'mongo'), log }, (mongo) =>
      withService(startRedis, { dataDir: path.join(scratch, 'redis'), log }, async (redis) => {
        // After the two services, so that on the way out these are ended first.
        process.once('exit', forget);
        await work(mongo.uri, redis.url);
      }),
    );
  } finally {
    forget();
  }
}

/** Stops the service also when what comes after it fails. */
async function withService<Handle extends LocalService>(
  start: (options: StartOptions) => Promise<Handle>,
  options: StartOptions,
  work: (handle: Handle) => Promise<void>,
): Promise<void> {
  const handle = await start(options);
  try {
    await work(handle);
  } finally {
    await handle.stop();
  }
}
