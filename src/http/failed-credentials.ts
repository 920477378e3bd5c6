import type { Request } from 'express';
import type { Context } from '../context';
import { AppError } from '../errors';
import { clientKey } from './client-ip';
import { RateCounter } from './rate-counter';

const WINDOW_MS = 60_000;
const MAX_FAILURES_PER_WINDOW = 60;
const MAX_BLOCKED = 10_000;
/** The refusals that mean "these credentials are wrong". */
const FAILURES = new Set(['unauthenticated', 'property_not_found']);

/** Limits wrong credentials per IP, so that nobody can guess them; right ones cost nothing here. */
export class FailedCredentials {
  private readonly counter: RateCounter;
  private readonly blockedUntil = new Map<string, number>();

  constructor(private readonly ctx: Context) {
    this.counter = new RateCounter(ctx, 'failed-credentials', WINDOW_MS);
  }

  /**
   * Runs `authenticate` unless the IP has failed too often within a minute.
   * @throws AppError too_many_requests, or whatever `authenticate` throws
   */
  async guard<T>(request: Request, authenticate: () => Promise<T>): Promise<T> {
    if (this.blockedUntil.size > 0) this.refuseBlocked(request);
    try {
      return await authenticate();
    } catch (error) {
      if (error instanceof AppError && FAILURES.has(error.code)) await this.count(request);
      throw error;
    }
  }

  close(): void {
    this.counter.shutdown();
  }

  private refuseBlocked(request: Request): void {
    const key = clientKey(request, this.ctx.identifiers);
    const leftMs = (this.blockedUntil.get(key) ?? 0) - Date.now();
    if (leftMs > 0) {
      throw new AppError('too_many_requests', { retryAfterSeconds: Math.ceil(leftMs / 1000) });
    }
    this.blockedUntil.delete(key);
  }

  private async count(request: Request): Promise<void> {
    const key = clientKey(request, this.ctx.identifiers);
    const { totalHits, resetTime } = await this.counter.increment(key);
    if (totalHits < MAX_FAILURES_PER_WINDOW) return;
    if (this.blockedUntil.size >= MAX_BLOCKED) this.blockedUntil.clear();
    this.blockedUntil.set(key, resetTime?.getTime() ?? Date.now() + WINDOW_MS);
  }
}
