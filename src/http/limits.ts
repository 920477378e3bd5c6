import type { Request } from 'express';
import type { CountCall } from '../core/limits/count-call';
import type { Quota } from '../core/limits/counting';
import type { Counted } from '../core/limits/policies';

/**
 * Counts a call towards the limits of its company and token, if they have any, and reports what is
 * left in the RateLimit headers (draft 8).
 * @param route the route's pattern; each method of it is an API with limits of its own
 * @returns null when there is nothing to wait for
 * @throws AppError account_rate_exceeded, api_rate_exceeded, account_daily_exceeded,
 *   api_daily_exceeded, token_rate_exceeded, token_daily_exceeded
 */
export function withinLimits(
  countCall: CountCall,
  request: Request,
  counted: Counted,
  route: string,
): Promise<void> | null {
  // Express answers HEAD with the GET route.
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const counting = countCall(counted, `${method} ${route}`);
  if (!counting) return null;
  return counting.then(({ quotas, refusal }) => {
    request.res?.set(rateLimitHeaders(quotas));
    if (refusal) throw refusal;
  });
}

function rateLimitHeaders(quotas: Quota[]): Record<string, string> {
  const policies = quotas.map(({ name, max, windowSeconds }) => {
    return `"${name}";q=${String(max)};w=${String(windowSeconds)}`;
  });
  const left = quotas.map(({ name, remaining, resetSeconds }) => {
    return `"${name}";r=${String(remaining)};t=${String(resetSeconds)}`;
  });
  return { 'RateLimit-Policy': policies.join(', '), RateLimit: left.join(', ') };
}
