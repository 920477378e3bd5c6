import type { CompanyPrincipal } from '../credentials/authenticate';
import type { ErrorCode } from '../../errors';
import { DAY_MS, MINUTE_MS } from '../../lib/durations';
import type { CallLimits, Company, EntranceLimits } from '../../store/companies';

export const SECOND_MS = 1_000;

/** One limit that a call counts towards. */
export interface Policy {
  /** As the RateLimit headers name it. */
  name: string;
  /** Becomes a key in Redis, so it names only companies, tokens and routes. */
  key: string;
  max: number;
  windowMs: typeof SECOND_MS | typeof MINUTE_MS | typeof DAY_MS;
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

/** What a company may have where its operator has set nothing else. */
export const DEFAULT_ENTRANCE_LIMITS: Required<{ [K in keyof EntranceLimits]: number }> = {
  event_streams: 100,
  portal_per_minute: 6_000,
  one_click_per_minute: 6_000,
  link_opens_per_minute: 6_000,
};

/** One of a company's limits on what comes in without its credentials, or stays open. */
export function entranceLimit(company: Company, name: keyof EntranceLimits): number {
  return company.limits[name] ?? DEFAULT_ENTRANCE_LIMITS[name];
}

/** An entrance that is open to anybody who has a link. */
export type Entrance = 'portal' | 'one_click' | 'link_opens';

/** The limit of a company's entrance. */
export function entrancePolicy(company: Company, entrance: Entrance): Policy {
  return {
    name: entrance,
    key: `${company._id}:entrance:${entrance}`,
    max: entranceLimit(company, `${entrance}_per_minute`),
    windowMs: MINUTE_MS,
    refusal: 'too_many_requests',
  };
}
