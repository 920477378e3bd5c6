import type { Request, RequestHandler } from 'express';
import {
  type ClientRateLimitInfo,
  MemoryStore,
  type Options,
  rateLimit,
  type Store,
} from 'express-rate-limit';
import { RedisStore } from 'rate-limit-redis';
import type { Context } from '../context';
import { AppError } from '../errors';
import { clientKey } from './client-ip';

/**
 * Limits how often one IP may call within the counter's window; over it, `too_many_requests`.
 * @param options.skip calls that are not counted
 */
export function perIpLimit(
  ctx: Context,
  counter: RateCounter,
  options: { limit: number; skip?: (request: Request) => boolean },
): RequestHandler {
  return rateLimit({
    ...options,
    windowMs: counter.windowMs,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    store: counter,
    keyGenerator: (request) => clientKey(request, ctx.identifiers),
    handler: (_request, _response, next) => {
      next(new AppError('too_many_requests'));
    },
  });
}

/**
 * Counts in Redis, for all processes together, and always in this process too: while Redis is away
 * the local count applies, so that the limit neither lets everything through nor blocks everything.
 */
export class RateCounter implements Store {
  private readonly local = new MemoryStore();
  private shared: RedisStore | null = null;
  private options: Options | null = null;

  constructor(
    private readonly ctx: Context,
    readonly prefix: string,
    readonly windowMs: number,
  ) {
    this.init({ windowMs } as Options);
  }

  init(options: Options): void {
    this.options = options;
    this.local.init(options);
  }

  async increment(key: string): Promise<ClientRateLimitInfo> {
    const local = await this.local.increment(key);
    try {
      const shared = await (await this.redisStore()).increment(key);
      return shared.totalHits >= local.totalHits ? shared : local;
    } catch {
      // Redis is away, or has lost its scripts; the connection's own handler has logged it.
      this.shared = null;
      return local;
    }
  }

  async decrement(key: string): Promise<void> {
    await this.local.decrement(key);
  }

  async resetKey(key: string): Promise<void> {
    await this.local.resetKey(key);
  }

  shutdown(): void {
    this.local.shutdown();
  }

  /** Made on first use and again after a failure: making it loads its scripts into Redis. */
  private async redisStore(): Promise<RedisStore> {
    if (this.shared) return this.shared;
    const { redis } = this.ctx.queues;
    const store = new RedisStore({
      prefix: `${this.ctx.config.redisPrefix}:rate:${this.prefix}:`,
      sendCommand: (command: string, ...args: string[]) =>
        redis.call(command, ...args) as Promise<never>,
    });
    if (this.options) await store.init(this.options);
    this.shared = store;
    return store;
  }
}
