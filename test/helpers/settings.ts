import { randomBytes } from 'node:crypto';
import { type Config, readConfig } from '../../src/config';

/** What the environment of a test file gives it; see `databases.ts`. */
interface TestDatabases {
  /** Dropped when the file has ended. */
  dropped: string[];
  /** Emptied then, and used again by the worker's next file: indexes take long to make. */
  reused: string[];
  /** Those of them that are empty again, for this file's next service. */
  free: string[];
}

/** The settings as the environment gives them, for child processes: a database and prefix of its own. */
export function testEnvironment(more: Record<string, string> = {}): Record<string, string> {
  const name = newName();
  databases().dropped.push(name);
  return environment({ database: name, REDIS_PREFIX: name, ...more });
}

/** Settings for a service inside the test's own process; its database is empty and may have its indexes. */
export function testConfig(more: Record<string, string> = {}): Config {
  const database = databases().free.pop() ?? nextReused();
  return readConfig(environment({ database, REDIS_PREFIX: newName(), ...more }));
}

/**
 * Empties the database of a service that has been closed, and leaves it to the next one: for files
 * that start one for each test, as the indexes of a database take a second to make.
 */
export async function giveBack({ mongodbUri }: Config): Promise<void> {
  const name = new URL(mongodbUri).pathname.slice(1);
  const { emptyDatabase } = globalThis as unknown as {
    emptyDatabase: (name: string) => Promise<void>;
  };
  await emptyDatabase(name);
  databases().free.push(name);
}

function nextReused(): string {
  const { reused } = databases();
  const worker = required('JEST_WORKER_ID');
  const database = `${required('TEST_DATABASES')}w${worker}n${String(reused.length)}`;
  reused.push(database);
  return database;
}

function environment({ database, ...more }: { database: string } & Record<string, string>) {
  const mongo = new URL(required('TEST_MONGODB_URI'));
  mongo.pathname = `/${database}`;
  return {
    NODE_ENV: 'test',
    PORT: '0',
    MONGODB_URI: mongo.href,
    REDIS_URL: required('TEST_REDIS_URL'),
    OPERATOR_TOKEN: 'test-operator-token-0123456789',
    IDENTIFIER_KEY: 'test-identifier-key-0123456789',
    LOG_LEVEL: 'silent',
    ...more,
  };
}

function newName(): string {
  return `t${randomBytes(6).toString('hex')}`;
}

function databases(): TestDatabases {
  return (globalThis as unknown as { testDatabases: TestDatabases }).testDatabases;
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests by "npm test"`);
  return value;
}
