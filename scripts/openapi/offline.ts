import { createApp } from '../../src/app';
import { readConfig } from '../../src/config';
import type { Context } from '../../src/context';
import { type Area, describe, type Description } from '../../src/http/openapi/document';
import { createLogger } from '../../src/telemetry/logger';

/** Settings under which nothing is asked for: nothing is connected to, either. */
const ENVIRONMENT = {
  NODE_ENV: 'test',
  MONGODB_URI: 'mongodb://127.0.0.1:1/none',
  REDIS_URL: 'redis://127.0.0.1:1',
  OPERATOR_TOKEN: 'operator-token-of-nobody-0123456789',
  IDENTIFIER_KEY: 'identifier-key-of-nobody-0123456789',
  LOG_LEVEL: 'silent',
};

/** The routers of the app as they would be served, without a database: routes are only mounted. */
export function mountOffline(): Area[] {
  const config = readConfig(ENVIRONMENT);
  const log = createLogger(config.logLevel, 'script');
  const ctx = { config, log, queues: { byName: {} } } as unknown as Context;
  const { areas, close } = createApp(ctx);
  close();
  return areas;
}

/** The description of the app as it would be served. */
export function describeOffline(): Description {
  return describe(mountOffline());
}
