/* eslint-disable no-restricted-syntax -- Only what this process has stamped itself is compared. */
import type { Request } from 'express';
import type { Context } from '../context';
import { AppError } from '../errors';
import { type ClientKeys, clientKeys } from './client-ip';
import { RateCounter, SUBNETS_PER_SITE } from './rate-counter';

const WINDOW_MS = 60_000;
const MAX_FAILURES_PER_WINDOW = 60;
const MAX_BLOCKED = 10_000;
/** The refusals that mean "these credentials are wrong". */
const FAILURES = new Set(['unauthenticated', 'property_not_found']);

/**
 * Limits wrong credentials per IP, so that nobody can guess them; right ones cost nothing here. What
 * nobody can guess anyway (tokens, key pairs) is still looked at while an IP is held back, so that
 * one machine with an old token does not lock out the others behind the same address.
 */
export class FailedCredentials {
  private readonly counter: RateCounter;
  private readonly blockedUntil = new Map<string, number>();

  constructor(private readonly ctx: Context) {
    this.counter = new RateCounter(ctx, 'failed-credentials', WINDOW_MS);
  }

  /**
   * Runs `authenticate`, and counts its failure. Once an IP has failed too often within a minute,
   * its failures are refused as such, and so is everything that could be guessed.
   * @param guessable whether the credentials may be chosen by people, such as a property's id
   * @throws AppError too_many_requests, or whatever `authenticate` throws
   */
  async guard<T>(request: Request, guessable: boolean, authenticate: () => Promise<T>): Promise<T> {
    const held = this.blockedUntil.size > 0 ? this.heldBack(request) : null;
    if (held && guessable) throw held;
    try {
      return await authenticate();
    } catch (error) {
      if (!(error instanceof AppError) || !FAILURES.has(error.code)) throw error;
      if (held) throw held;
      await this.count(request);
      throw error;
    }
  }

  close(): void {
    this.counter.shutdown();
  }

  /** The refusal for an IP that is held back; null when it is not. */
  private heldBack(request: Request): AppError | null {
    const { subnet, site } = this.keysOf(request);
    const keys = site === null ? [subnet] : [subnet, site];
    const leftMs = Math.max(...keys.map((key) => this.blockedUntil.get(key) ?? 0)) - Date.now();
    if (leftMs > 0) {
      return new AppError('too_many_requests', { retryAfterSeconds: Math.ceil(leftMs / 1000) });
    }
    for (const key of keys) this.blockedUntil.delete(key);
    return null;
  }

  private async count(request: Request): Promise<void> {
    const keys = this.keysOf(request);
    const own = await this.counter.increment(keys.subnet);
    if (own.totalHits >= MAX_FAILURES_PER_WINDOW) this.block(keys.subnet, own.resetTime);
    // What one subnet fails beyond that is no reason to hold back its neighbours.
    if (keys.site === null || own.totalHits > MAX_FAILURES_PER_WINDOW) return;
    const all = await this.counter.increment(keys.site);
    const most = MAX_FAILURES_PER_WINDOW * SUBNETS_PER_SITE;
    if (all.totalHits >= most) this.block(keys.site, all.resetTime);
  }

  private block(key: string, until: Date | undefined): void {
    if (this.blockedUntil.size >= MAX_BLOCKED) this.blockedUntil.clear();
    this.blockedUntil.set(key, until?.getTime() ?? Date.now() + WINDOW_MS);
  }

  private keysOf(request: Request): ClientKeys {
    return clientKeys(request, this.ctx.identifiers);
  }
}
