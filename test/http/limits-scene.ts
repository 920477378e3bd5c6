import { updateCompany } from '../../src/core/companies/update-company';
import { CALLER } from '../helpers/company';
import { type Reply, type Service, startService } from '../helpers/service';
import { testConfig } from '../helpers/settings';
import { type KeyedCompany, makeKeyedCompany } from './key-pair';

/** A Tuesday, one hour and a half second before midnight UTC. */
const START = Date.UTC(2026, 10, 24, 22, 59, 59, 500);

type Limits = Record<string, number | null>;

/** An API whose limits go by a clock that only the test moves. */
export interface LimitsScene {
  service: Service;
  clock: { ms: number };
  /** Makes a company with these limits. */
  limited: (limits: Limits, settings?: Record<string, unknown>) => Promise<KeyedCompany>;
  change: (company: KeyedCompany, limits: Limits) => Promise<void>;
  wallet: (company: { token: string }) => Promise<Reply>;
  close: () => Promise<void>;
}

/** Starts the API. */
export async function openLimits(
  config = testConfig({ TRUST_PROXY: '1' }),
  clock = { ms: START },
  patienceMs?: number,
): Promise<LimitsScene> {
  const service = await startService(config, { now: () => clock.ms, patienceMs });
  const { ctx } = service;
  return {
    service,
    clock,
    limited: (limits, settings = {}) =>
      makeKeyedCompany(ctx, { settings: { ...settings, limits } }),
    change: async ({ id: companyId }, limits) => {
      await updateCompany({ ctx, companyId, caller: CALLER, input: { limits } });
    },
    wallet: ({ token }) => service.get('/wallet', { token }),
    close: service.close,
  };
}

/** How many of this many simultaneous calls ended with each status. */
export async function tally(
  calls: number,
  call: (n: number) => Promise<{ status: number }>,
): Promise<Record<number, number>> {
  const replies = await Promise.all(Array.from({ length: calls }, (_, n) => call(n)));
  const counts: Record<number, number> = {};
  for (const { status } of replies) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** The limit headers of an answer. */
export function limitHeaders({ headers }: Reply): Record<string, string | null> {
  const names = ['retry-after', 'ratelimit', 'ratelimit-policy'];
  return Object.fromEntries(names.map((name) => [name, headers.get(name)]));
}
