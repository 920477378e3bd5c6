import type { Context } from '../../src/context';
import {
  createFinishConsents,
  type FinishConsent,
} from '../../src/core/consents/finish-consents-together';
import { followUpConsents } from '../../src/core/consents/follow-up-consents';
import { revocationsOf } from '../../src/jobs/revocation-ids';
import type { Handler } from '../handler';

/** One per process and region, so that the jobs it has under way are finished together. */
const finishers = new WeakMap<Context, Map<string, FinishConsent>>();

/** Does what is still missing of revocations of consents. */
export const followUpConsent: Handler<'follow-up-consent'> = ({ ctx, payload }) => {
  const { region } = payload;
  const ofRegions = finishers.get(ctx) ?? new Map<string, FinishConsent>();
  finishers.set(ctx, ofRegions);
  const finish = ofRegions.get(region) ?? createFinishConsents({ ctx, region });
  ofRegions.set(region, finish);
  return followUpConsents({ ctx, region, finish, revocationIds: revocationsOf(payload) });
};
