import type { RequestHandler } from 'express';
import type { Context } from '../../context';
import type { PersonIdentifier } from '../../core/portal/identifier';
import { perIpLimit, RateCounter } from '../rate-counter';

const WINDOW_MS = 60_000;
/** One look-up leads to several more steps. */
const STEPS_PER_LOOK_UP = 3;
const PERSON_WINDOW_MS = 60 * 60_000;
const LOOK_UPS_PER_PERSON = 20;
const CODES_PER_PERSON = 5;

/** Limits of the portal; all of them hold while Redis is away, too. */
export interface PortalLimits {
  /** Look-ups, and later steps, from one IP. */
  lookUps: RequestHandler;
  steps: RequestHandler;
  /**
   * Count a look-up of, or a code for, one person; false: too many within an hour. Since that must
   * not keep the person from revoking, callers show less instead of refusing.
   */
  mayLookUp: (identifier: PersonIdentifier) => Promise<boolean>;
  mayGetCode: (identifier: PersonIdentifier) => Promise<boolean>;
  close: () => void;
}

export function portalLimits(ctx: Context): PortalLimits {
  const counters: RateCounter[] = [];
  const counter = (name: string, windowMs: number) => {
    const made = new RateCounter(ctx, name, windowMs);
    counters.push(made);
    return made;
  };
  const perIp = (name: string, limit: number) =>
    perIpLimit(ctx, counter(name, WINDOW_MS), { limit });
  const perPerson = (name: string, limit: number) =>
    perPersonLimit(ctx, counter(name, PERSON_WINDOW_MS), limit);
  const perMinute = ctx.config.optOutRatePerMinute;
  return {
    lookUps: perIp('portal-look-up', perMinute),
    steps: perIp('portal-step', perMinute * STEPS_PER_LOOK_UP),
    mayLookUp: perPerson('portal-person', LOOK_UPS_PER_PERSON),
    mayGetCode: perPerson('portal-code', CODES_PER_PERSON),
    close: () => {
      for (const one of counters) one.shutdown();
    },
  };
}

/** Counts under a keyed hash, so that Redis never learns who it is. */
function perPersonLimit(ctx: Context, counter: RateCounter, limit: number) {
  return async ({ kind, value }: PersonIdentifier) => {
    const key = ctx.identifiers.current('portal-limit', `${kind}\0${value}`);
    const { totalHits } = await counter.increment(key);
    return totalHits <= limit;
  };
}
