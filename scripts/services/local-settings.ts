import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Config, ConfigError, readConfig } from '../../src/config';
import { isErrorCode } from './error-code';

/** Where `npm start` keeps what it made: ports and secrets. */
const DATA_DIR = path.resolve('.data');

/**
 * The settings for a script beside a running service: those of the environment and, where it has
 * none, those of the `npm start` that runs from this folder. Nothing is made or started.
 * @throws ConfigError one line that names what is missing
 */
export async function localSettings(
  env: NodeJS.ProcessEnv = process.env,
  dataDir = DATA_DIR,
): Promise<Config> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const mongo = await keptLine(dataDir, 'mongo', 'port');
  const redis = await keptLine(dataDir, 'redis', 'port');
  const password = await keptLine(dataDir, 'redis', 'password');
  if (!given.MONGODB_URI && mongo === null) {
    throw new ConfigError('MONGODB_URI is not set, and no `npm start` has run from this folder');
  }
  const key = await keptLine(dataDir, 'identifier-key');
  const token = await keptLine(dataDir, 'operator-token');
  return readConfig({
    MONGODB_URI: `mongodb://127.0.0.1:${mongo ?? ''}/rescind?replicaSet=rescind`,
    // A script works without Redis: port 1 refuses at once.
    REDIS_URL: `redis://:${password ?? ''}@127.0.0.1:${redis ?? '1'}`,
    ...(key !== null && { IDENTIFIER_KEY: key }),
    ...(token !== null && { OPERATOR_TOKEN: token }),
    ...given,
    LOG_LEVEL: 'silent',
  });
}

async function keptLine(...segments: string[]): Promise<string | null> {
  try {
    return (await readFile(path.join(...segments), 'utf8')).trim() || null;
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return null;
    throw error;
  }
}
