import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnrecoverableError, Worker } from 'bullmq';
import { connectForWorkers } from './connection';
import { queuePrefix } from './masters';

/** How long a killed worker keeps its jobs, and a check more; locks are renewed every half of it. */
const LOCK_MS = 6_000;
const STALLED_CHECK_MS = 2_000;
/** The default of 15 s would leave workers idle for that long after every hiccup of Redis. */
const RETRY_DELAY_MS = 1_000;
/** Ten kills must not fail a job: handlers are idempotent, so it may start as often as it takes. */
const MAX_STALLED_COUNT = 1_000;

/** A job as it comes out of a queue; nothing about it has been checked. */
export interface TakenJob {
  id: string;
  kind: string;
  payload: unknown;
  /** 1 for the first. */
  attempt: number;
}

export interface ConsumeOptions {
  url: string;
  prefix: string;
  name: string;
  concurrency: number;
  /**
   * Does the job; what it returns is stored in Redis. It throws nothing but a `jobFailure`.
   * @param stop aborted when the consumer stops waiting for it
   */
  process: (job: TakenJob, stop: AbortSignal) => Promise<string>;
  /** Called with every connection error and every lock that ran out. */
  onError: (error: Error) => void;
  /** Called whenever the connection is ready. */
  onReady: () => void;
}

/** The receiving side of one queue. */
export interface Consumer {
  /** Whether Redis gives it jobs at the moment. */
  isConnected: () => boolean;
  /**
   * Takes no further jobs and waits for those under way. What has not ended by then stays active in
   * Redis, and another worker takes it once its lock has run out.
   */
  close: (deadlineMs: number) => Promise<void>;
}

/** Starts processing a queue; returns at once, even while Redis is away. */
export function consumeQueue(options: ConsumeOptions): Consumer {
  const redis = connectForWorkers(options.url);
  const stop = new AbortController();
  // One listener for each job under way.
  setMaxListeners(options.concurrency + 1, stop.signal);
  const underWay = new Set<Promise<string>>();
  let closing = false;
  const worker = new Worker(
    options.name,
    (job) => {
      const taken = { id: job.id ?? '', kind: job.name, payload: job.data as unknown };
      const work = options.process({ ...taken, attempt: job.attemptsMade + 1 }, stop.signal);
      underWay.add(work);
      return work.finally(() => underWay.delete(work));
    },
    {
      connection: redis,
      prefix: queuePrefix(redis, options.prefix, options.name),
      concurrency: options.concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      runRetryDelay: RETRY_DELAY_MS,
      maxStalledCount: MAX_STALLED_COUNT,
      // Only the totals are used; see totals.ts.
      metrics: { maxDataPoints: 1 },
    },
  );
  redis.on('error', options.onError);
  redis.on('ready', options.onReady);
  worker.on('error', options.onError);
  return {
    isConnected: () => !closing && redis.status === 'ready',
    close: async (deadlineMs) => {
      closing = true;
      const connected = redis.status === 'ready';
      // Without Redis, BullMQ would wait for it to come back, and no result can be stored anyway.
      const ended = connected ? worker.close() : Promise.allSettled(underWay);
      const inTime = await endsWithin(ended, deadlineMs);
      if (!inTime || !connected) await worker.getBackend().close(true);
      if (!connected) await worker.close(true);
      stop.abort();
      redis.disconnect();
    },
  };
}

async function endsWithin(work: Promise<unknown>, deadlineMs: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(deadlineMs, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    timer.abort();
  }
}

/**
 * The only kind of error that may reach BullMQ, which stores message and stack in Redis: the message
 * is a code and there is no stack.
 * @param retry false: it is not tried again, whatever the contract says
 */
export function jobFailure(code: string, retry: boolean): Error {
  const failure = retry ? new Error(code) : new UnrecoverableError(code);
  failure.stack = '';
  return failure;
}
