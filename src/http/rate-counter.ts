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
import { type ClientKeys, clientKeys } from './client-ip';

/** The subnets of one IPv6 /48 may call as often, together, as this many callers. */
export const SUBNETS_PER_SITE = 4;

/**
 * Limits how often one IP may call within the counter's window; over it, `too_many_requests`. All of
 * an IPv6 /64 are one caller, all of a /48 four.
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
    store: {
      increment: (key) => counter.incrementClient(keysIn(key), options.limit),
      decrement: () => undefined,
      resetKey: () => undefined,
      prefix: counter.prefix,
    },
    keyGenerator: (request) => {
      const { subnet, site } = clientKeys(request, ctx.identifiers);
      return site === null ? subnet : `${subnet} ${site}`;
    },
    handler: (_request, _response, next) => {
      next(new AppError('too_many_requests'));
    },
  });
}

function keysIn(key: string): ClientKeys {
  const [subnet = '', site = null] = key.split(' ');
  return { subnet, site };
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

  /**
   * Counts a call of a subnet and of the site that it belongs to. What a subnet sends over its limit
   * does not count for its site, or one could use up what its neighbours have.
   * @param limit of one subnet
   * @returns the count that is closer to its limit, as a count of one subnet
   */
  async incrementClient({ subnet, site }: ClientKeys, limit: number): Promise<ClientRateLimitInfo> {
    const own = await this.increment(subnet);
    if (site === null || own.totalHits > limit) return own;
    const { totalHits, resetTime } = await this.increment(site);
    const share = Math.ceil(totalHits / SUBNETS_PER_SITE);
    return share > own.totalHits ? { totalHits: share, resetTime } : own;
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
    const { queues } = this.ctx;
    const store = new RedisStore({
      prefix: `${this.ctx.config.redisPrefix}:rate:${this.prefix}:`,
      sendCommand: (command: string, ...args: string[]) =>
        queues.call(command, ...args) as Promise<never>,
    });
    if (this.options) await store.init(this.options);
    this.shared = store;
    return store;
  }
}
