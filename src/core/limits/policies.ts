import type { CompanyPrincipal } from '../credentials/authenticate';
import type { ErrorCode } from '../../errors';
import { DAY_MS } from '../../lib/durations';
import type { CallLimits } from '../../store/companies';

export const SECOND_MS = 1_000;

/** One limit that a call counts towards. */
export interface Policy {
  /** As the RateLimit headers name it. */
  name: string;
  /** Becomes a key in Redis, so it names only companies, tokens and routes. */
  key: string;
  max: number;
  windowMs: typeof SECOND_MS | typeof DAY_MS;
  refusal: ErrorCode;
}

/** For whom a call is counted: its company and its token. */
export type Counted = Pick<CompanyPrincipal, 'company' | 'token'>;

const ACCOUNT_AND_API = [
  ['account_per_second', 'account-second', SECOND_MS, 'account_rate_exceeded'],
  ['api_per_second', 'api-second', SECOND_MS, 'api_rate_exceeded'],
  ['account_per_day', 'account-day', DAY_MS, 'account_daily_exceeded'],
  ['api_per_day', 'api-day', DAY_MS, 'api_daily_exceeded'],
] as const satisfies readonly (readonly [keyof CallLimits, ...unknown[]])[];

const TOKEN = [
  ['per_second', 'token-second', SECOND_MS, 'token_rate_exceeded'],
  ['per_day', 'token-day', DAY_MS, 'token_daily_exceeded'],
] as const;

/**
 * The limits that apply to a call, in the order in which they refuse.
 * @param api the route; each is an API of its own
 */
export function policiesOf({ company, token }: Counted, api: string): Policy[] {
  const policies: Policy[] = [];
  for (const [setting, name, windowMs, refusal] of ACCOUNT_AND_API) {
    const max = company.limits[setting];
    if (max === undefined) continue;
    const of = setting.startsWith('api') ? `:${api}` : '';
    policies.push({ name, key: `${company._id}:${name}${of}`, max, windowMs, refusal });
  }
  for (const [setting, name, windowMs, refusal] of TOKEN) {
    const max = token?.limits?.[setting];
    if (max === undefined) continue;
    policies.push({ name, key: `${company._id}:${name}:${token?._id}`, max, windowMs, refusal });
  }
  return policies;
}
