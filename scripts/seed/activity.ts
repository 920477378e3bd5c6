import { startOfDay, utcDay } from '../../src/core/wallet/utc-day';
import type { ActivityDay } from '../../src/store/activity-days';
import type { Calendar } from './calendar';
import { createDice } from './dice';
import { COMPANY_ID, type Past } from './past';

/** Of a usual day: checks of what is revoked, and openings of the opt-out link by people who leave it at that. */
const REFUSED_A_DAY = 11;
const LOOKS_A_DAY = 2;
const SEED = 403;

/** Counts what no ledger has, by the day: what was revoked and how, refused checks, openings of the link. */
export function makeActivity(past: Past, { days }: Calendar): void {
  const dice = createDice(SEED);
  for (const { from, index, weight } of days) {
    const day = utcDay(from);
    const revoked = revokedOn(past, day);
    // The longer there are opt-outs, the more of them are met.
    const refused = weight * REFUSED_A_DAY * (index / days.length) * 2 * (0.6 + 0.8 * dice());
    past.activityDays.push({
      _id: `${COMPANY_ID}:${day}`,
      company_id: COMPANY_ID,
      day,
      at: startOfDay(day),
      refused_checks: Math.round(refused),
      link_opens: (revoked.consumer_portal ?? 0) + Math.round(weight * LOOKS_A_DAY * dice()),
      revoked,
    });
  }
}

function revokedOn(past: Past, day: string): ActivityDay['revoked'] {
  const counts: ActivityDay['revoked'] = {};
  for (const { method, requested_at, certificate_ids } of past.revocations) {
    if (utcDay(requested_at) !== day) continue;
    counts[method] = (counts[method] ?? 0) + certificate_ids.length;
  }
  return counts;
}
