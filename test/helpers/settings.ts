import { randomBytes } from 'node:crypto';
import { type Config, readConfig } from '../../src/config';

/** The settings as the environment gives them, for child processes: a database and prefix of its own. */
export function testEnvironment(more: Record<string, string> = {}): Record<string, string> {
  const name = `t${randomBytes(6).toString('hex')}`;
  (globalThis as { testDatabases?: string[] }).testDatabases?.push(name);
  const mongo = new URL(required('TEST_MONGODB_URI'));
  mongo.pathname = `/${name}`;
  return {
    NODE_ENV: 'test',
    PORT: '0',
    MONGODB_URI: mongo.href,
    REDIS_URL: required('TEST_REDIS_URL'),
    REDIS_PREFIX: name,
    OPERATOR_TOKEN: 'test-operator-token-0123456789',
    IDENTIFIER_KEY: 'test-identifier-key-0123456789',
    LOG_LEVEL: 'silent',
    ...more,
  };
}

/** Settings for a service inside the test's own process. */
export function testConfig(more: Record<string, string> = {}): Config {
  return readConfig(testEnvironment(more));
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests by "npm test"`);
  return value;
}
