import { type Config, ConfigError } from './config';
import type { Context } from './context';
import { IdentifierHasher } from './lib/identifier-hasher';
import { pause } from './lib/pause';
import { openOutbox } from './queue/outbox';
import { openQueues, type Queues } from './queue/queues';
import { repeat, type Repetition } from './lib/repeat';
import { Turns } from './lib/turns';
import {
  type Limits,
  newProcessName,
  openStore,
  type Pool,
  type Store,
  UsRegionError,
} from './store';
import { AccessCounts } from './telemetry/access-counts';
import { ActivityCounts } from './telemetry/activity-counts';
import { createLogger, type Logger } from './telemetry/logger';
import { createMetrics } from './telemetry/metrics';
import { createOutageLog } from './telemetry/outage-log';

/**
 * Callers wait for the web process, twice as long when an operation is retried; jobs may take
 * longer, and what they read in one go longer still.
 */
const LIMITS = {
  web: { operationTimeoutMs: 3_000, maxTimeMs: 3_000 },
  worker: { operationTimeoutMs: 30_000, maxTimeMs: null },
  script: { operationTimeoutMs: 30_000, maxTimeMs: null },
} as const satisfies Record<string, Limits>;
/** Two groups of checks and two of callers, and as many again for what they seldom need. */
const CHECK_CONNECTIONS = 8;
/** A process that dies in a transaction blocks others for a little over twice this. */
const LOOK_FOR_ABANDONED_EVERY_MS = 1_500;
const ASK_FOR_RIGHTS_EVERY_MS = 10 * 60_000;
/** Enough to keep MongoDB busy, and few enough that one company does not fill the process. */
const CALLS_AT_A_TIME = 8;
const REDIS_FIRST_ANSWER_MS = 1_000;

/**
 * Connects to everything a process works with. Redis may be away; MongoDB must answer.
 * @param process which kind of process this is
 * @returns the context, and `close`, which drains the outbox and disconnects
 * @throws ConfigError naming MONGODB_URI or MONGODB_URI_US when MongoDB does not answer, IDENTIFIER_KEY
 *   when it lacks a key that was in use
 */
export async function createContext(
  config: Config,
  process: keyof typeof LIMITS,
): Promise<{ ctx: Context; close: () => Promise<void> }> {
  const log = createLogger(config.logLevel, process);
  if (process !== 'script') for (const warning of config.warnings) log.warn(warning);
  const pool = { processName: newProcessName() };
  const identifiers = new IdentifierHasher(config.identifierKeys);
  const store = await connectStore(config, { ...LIMITS[process], ...pool });
  await requireUsedKeys(store, identifiers);
  const checkStore = process === 'web' ? await connectCheckStore(config, pool) : store;
  const queues = await connectQueues(config, log);
  const outbox = openOutbox(store, queues, log);
  const looking = process === 'script' ? [] : abortAbandoned(config, store, log);
  const clock = () => store.now().getTime();
  const ctx: Context = {
    config,
    log,
    metrics: createMetrics(),
    now: store.now,
    store,
    checkStore,
    queues,
    outbox,
    identifiers,
    access: new AccessCounts(clock),
    activity: new ActivityCounts(clock),
    turns: new Turns(CALLS_AT_A_TIME),
    personTurns: new Turns(1),
    reach: reachFor(config.crashPoint),
  };
  return {
    ctx,
    close: async () => {
      await Promise.all(looking.map((one) => one.stop()));
      await outbox.drain();
      await queues.close();
      await store.close();
      if (checkStore !== store) await checkStore.close();
    },
  };
}

/** Checks never look into the US region: it gets no connection for them. */
function connectCheckStore(config: Config, pool: Pool): Promise<Store> {
  const limits = { ...LIMITS.web, ...pool, poolSize: CHECK_CONNECTIONS };
  return connectStore({ ...config, mongodbUriUs: null }, limits);
}

async function connectStore(config: Config, limits: Limits & Pool): Promise<Store> {
  const { mongodbUri, mongodbUriUs } = config;
  try {
    return await openStore(mongodbUri, { ...limits, usUri: mongodbUriUs });
  } catch (error) {
    if (error instanceof UsRegionError) {
      const reason = `no MongoDB that can be used answers there (${error.message})`;
      throw new ConfigError(`MONGODB_URI_US: ${reason}`);
    }
    // The driver's message can contain the password that is part of the URI.
    const name = error instanceof Error ? error.name : 'error';
    throw new ConfigError(`MONGODB_URI: no MongoDB that can be used answers there (${name})`);
  }
}

/** With other keys nobody would be found, and what is revoked would miss what was given before. */
async function requireUsedKeys(store: Store, identifiers: IdentifierHasher): Promise<void> {
  let hasAll = false;
  try {
    hasAll = await store.identifierKeys.use(identifiers.fingerprints());
  } finally {
    if (!hasAll) await store.close();
  }
  if (hasAll) return;
  throw new ConfigError(
    'IDENTIFIER_KEY lacks a key that the emails and phones in this database are hashed with: put it back, as the last one at least (`npm start` keeps its own in .data/identifier-key); without it nobody would be found',
  );
}

/** Keeps aborting the transactions of dead processes, on each server. */
function abortAbandoned(config: Config, store: Store, log: Logger): Repetition[] {
  const servers = [{ part: 'mongodb', transactions: store.abandonedTransactions }];
  if (config.mongodbUriUs) {
    servers.push({ part: 'mongodb_us', transactions: store.usAbandonedTransactions });
  }
  return servers.map(({ part, transactions }) => {
    const outage = createOutageLog(log, `${part} (abandoned transactions)`);
    let mayNotUntil: number | null = null;
    return repeat(LOOK_FOR_ABANDONED_EVERY_MS, async () => {
      if (mayNotUntil !== null && performance.now() < mayNotUntil) return;
      try {
        const aborted = await transactions.abort();
        if (aborted === null && mayNotUntil === null) {
          log.warn({ part }, 'may not abort abandoned transactions; the server will');
        }
        mayNotUntil = aborted === null ? performance.now() + ASK_FOR_RIGHTS_EVERY_MS : null;
        if (aborted) log.warn({ aborted }, 'aborted abandoned transactions');
        outage.answered();
      } catch (error) {
        outage.failed(error);
      }
    });
  });
}

/** Waits only briefly for Redis to answer: without it, everything but queued work goes on. */
async function connectQueues(config: Config, log: Logger): Promise<Queues> {
  const outage = createOutageLog(log, 'redis');
  const queues = openQueues(config.redisUrl, config.redisPrefix, outage.failed);
  queues.redis.on('ready', outage.answered);
  const waiting = new AbortController();
  const stopWaiting = (): void => {
    waiting.abort();
  };
  queues.redis.once('ready', stopWaiting).once('close', stopWaiting);
  await pause(REDIS_FIRST_ANSWER_MS, waiting.signal);
  return queues;
}

/** The hook of crash tests: kills the process at the named step, as if the power had failed. */
function reachFor(crashPoint: string | null): Context['reach'] {
  return async (step) => {
    if (step !== crashPoint) return;
    process.kill(process.pid, 'SIGKILL');
    await new Promise(() => undefined);
  };
}
