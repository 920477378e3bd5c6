import type { Request, RequestHandler } from 'express';
import type { Context } from '../../context';
import type { PersonIdentifier } from '../../core/portal/identifier';
import type { LinkTarget } from '../../core/portal/one-click';
import { AppError } from '../../errors';
import { clientKeys } from '../client-ip';
import { perIpLimit, RateCounter } from '../rate-counter';

const WINDOW_MS = 60_000;
/** One look-up leads to several more steps. */
const STEPS_PER_LOOK_UP = 3;
const PERSON_WINDOW_MS = 60 * 60_000;
const LOOK_UPS_PER_PERSON = 20;
const CODES_PER_PERSON = 5;
const RECEIPTS_PER_PERSON = 3;
/** Mail scanners open the links of many people. */
const OPENINGS_PER_IP = 300;
const WRONG_LINKS_PER_IP = 60;
/** What a link does is done after the first time. */
const ONE_CLICKS_PER_PERSON = 10;

/** Limits of the portal; all of them hold while Redis is away, too. */
export interface PortalLimits {
  /** Look-ups, and later steps, from one IP. */
  lookUps: RequestHandler;
  steps: RequestHandler;
  /**
   * Count a look-up of, a code for, or a mailed receipt of one person; false: too many within an hour. Since that must
   * not keep the person from revoking, callers show less instead of refusing.
   */
  mayLookUp: (identifier: PersonIdentifier) => Promise<boolean>;
  mayGetCode: (identifier: PersonIdentifier) => Promise<boolean>;
  mayGetReceipt: (identifier: PersonIdentifier) => Promise<boolean>;
  /**
   * Count an opening of a link, a link that is not one of ours, both by IP, and a one-click request
   * for one person of a company.
   * @throws AppError too_many_requests
   */
  countOpening: (request: Request) => Promise<void>;
  countWrongLink: (request: Request) => Promise<void>;
  countOneClick: (target: LinkTarget) => Promise<void>;
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
  const oneClicks = perPersonLimit(ctx, counter('one-click', WINDOW_MS), ONE_CLICKS_PER_PERSON);
  const perMinute = ctx.config.optOutRatePerMinute;
  return {
    lookUps: perIp('portal-look-up', perMinute),
    steps: perIp('portal-step', perMinute * STEPS_PER_LOOK_UP),
    mayLookUp: perPerson('portal-person', LOOK_UPS_PER_PERSON),
    mayGetCode: perPerson('portal-code', CODES_PER_PERSON),
    mayGetReceipt: perPerson('portal-receipt', RECEIPTS_PER_PERSON),
    countOpening: perIpCount(ctx, counter('link-opening', WINDOW_MS), OPENINGS_PER_IP),
    countWrongLink: perIpCount(ctx, counter('wrong-link', WINDOW_MS), WRONG_LINKS_PER_IP),
    countOneClick: async ({ companyId, identifier: { kind, value } }) => {
      if (!(await oneClicks({ kind, value: `${companyId}\0${value}` }))) throw tooMany();
    },
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

/** As `perIpLimit`, for what turns out to count only later. */
function perIpCount(ctx: Context, counter: RateCounter, limit: number) {
  return async (request: Request) => {
    const keys = clientKeys(request, ctx.identifiers);
    const { totalHits } = await counter.incrementClient(keys, limit);
    if (totalHits > limit) throw tooMany();
  };
}

function tooMany(): AppError {
  return new AppError('too_many_requests', { retryAfterSeconds: WINDOW_MS / 1_000 });
}
