import path from 'node:path';
import { readConfig, type Config } from '../../src/config';
import { openConnection } from '../../src/store/connection';
import { keepMongoRunning, keepRunning, keptSecret, startRedis, type Log } from '../services';

const MONGODB_ANSWERS_WITHIN_MS = 5_000;

/** The settings of all processes of this run; what is not given is made or started locally. */
export interface Environment {
  env: NodeJS.ProcessEnv;
  config: Config;
  /** Ends the local services, in reverse order. */
  stops: (() => Promise<void>)[];
}

/** Settings that need no service: checked before anything is started. */
export async function readEnvironment(dataDir: string): Promise<Environment> {
  const given = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));
  // In production nothing is made up: what is missing is named, and nothing is started for it.
  if (given.NODE_ENV === 'production') return { env: given, config: readConfig(given), stops: [] };
  const env = {
    ...given,
    DEMO: given.DEMO ?? 'true',
    OPERATOR_TOKEN: given.OPERATOR_TOKEN ?? (await keptSecret(dataDir, 'operator-token')),
    IDENTIFIER_KEY: given.IDENTIFIER_KEY ?? (await keptSecret(dataDir, 'identifier-key')),
  };
  const standIns = { MONGODB_URI: 'mongodb://127.0.0.1', REDIS_URL: 'redis://127.0.0.1' };
  return { env, config: readConfig({ ...standIns, ...env }), stops: [] };
}

/** Fills in MONGODB_URI and REDIS_URL by local services where they are not given. */
export async function startServices(to: Environment, dataDir: string, log: Log): Promise<void> {
  if (to.env.MONGODB_URI) {
    await assertMongoAnswers(to.env.MONGODB_URI);
  } else {
    const mongo = await keepMongoRunning({ dataDir: path.join(dataDir, 'mongo'), log });
    to.stops.push(mongo.stop);
    to.env.MONGODB_URI = mongo.first.uri;
    log(`Local MongoDB: ${mongo.first.uri} (no password: every user of this machine can reach it)`);
  }
  // A given Redis may be down: the API works without it, and finds it when it comes back.
  if (!to.env.REDIS_URL) {
    const start = () => startRedis({ dataDir: path.join(dataDir, 'redis'), log });
    const redis = await keepRunning('Local Redis', start, log);
    to.stops.push(redis.stop);
    to.env.REDIS_URL = redis.first.url;
    log(`Local Redis: redis://127.0.0.1:${redis.first.port} (its password is in .data/)`);
  }
}

async function assertMongoAnswers(uri: string): Promise<void> {
  try {
    const connection = await openConnection(uri, {
      operationTimeoutMs: MONGODB_ANSWERS_WITHIN_MS,
      maxTimeMs: null,
    });
    await connection.close();
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new Error(`MONGODB_URI does not answer: ${reason}`, { cause: error });
  }
}
