import type { Context } from '../../context';
import { invalid } from '../../errors';
import { isTimeZone } from '../../lib/time-zones';
import type { DashboardUser } from './session';

const NAME_MAX_CHARACTERS = 100;

/**
 * Sets in which time zone the signed-in user sees times. Not audited: it changes what one person sees,
 * and nothing about the company.
 * @param timeZone such as `America/New_York`; null: that of the browser
 * @throws AppError invalid_request naming `time_zone`
 */
export async function setTimeZone({
  ctx,
  by,
  timeZone,
}: {
  ctx: Context;
  by: DashboardUser;
  timeZone: string | null;
}): Promise<void> {
  const known =
    timeZone === null || (timeZone.length <= NAME_MAX_CHARACTERS && isTimeZone(timeZone));
  if (!known) throw invalid('time_zone', 'must be a time zone such as America/New_York');
  const { company_id: companyId, user_id: userId } = by.user;
  await ctx.store.accounts.setTimeZone(companyId, userId, timeZone);
}
