import type { Config } from './config';
import type { IdentifierHasher } from './lib/identifier-hasher';
import type { Turns } from './lib/turns';
import type { Outbox } from './queue/outbox';
import type { Queues } from './queue/queues';
import type { Store } from './store';
import type { Actor } from './store/actor';
import type { AccessCounts } from './telemetry/access-counts';
import type { ActivityCounts } from './telemetry/activity-counts';
import type { Logger } from './telemetry/logger';
import type { Metrics } from './telemetry/metrics';

/** What every verb of the core works with. One per process; tests make as many as they like. */
export interface Context {
  config: Config;
  log: Logger;
  metrics: Metrics;
  /** The time by the clock that all processes share, MongoDB's; never `new Date()`. */
  now: () => Date;
  store: Store;
  /** The same by connections of its own, for checks: no other work has them wait for one. */
  checkStore: Store;
  queues: Queues;
  outbox: Outbox;
  identifiers: IdentifierHasher;
  /** For the security log. */
  access: AccessCounts;
  /** For companies' overviews. */
  activity: ActivityCounts;
  /** By company: its calls, but for checks and uploads. */
  turns: Turns;
  /** One after another for each person at a company. */
  personTurns: Turns;
  /** Called at each named step; a hook for crash tests, else it does nothing. */
  reach: (step: string) => Promise<void>;
}

/** The context as checks and the look-ups of who makes them have it: with `checkStore` for its store. */
export function forChecks(ctx: Context): Context {
  return Object.create(ctx, { store: { value: ctx.checkStore } }) as Context;
}

/** Who is calling, from where: for the audit log and the ledger. */
export interface Caller {
  actor: Actor;
  ip: string | null;
}
