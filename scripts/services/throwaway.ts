import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { startMongo } from './mongo';
import { startRedis } from './redis';
import type { Log } from './types';

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
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 }));
  const mongo = await startMongo({ dataDir: path.join(scratch, 'mongo'), log });
  const redis = await startRedis({ dataDir: path.join(scratch, 'redis'), log });
  try {
    await work(mongo.uri, redis.url);
  } finally {
    await redis.stop();
    await mongo.stop();
  }
}
