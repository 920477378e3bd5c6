import { listSessions } from '../../core/users/list-sessions';
import { getTwoStep } from '../../core/two-step/get-two-step';
import type { Context } from '../../context';
import { timeZones } from '../../lib/time-zones';
import type { Redirect } from '../pages/page-router';
import { showOnce, shownOnce, type ShownOncePage } from '../pages/shown-once';
import type { DashboardCall, DashboardPage } from './dashboard-route';

export const PATH = '/dashboard/settings/account';

/** Fewer recovery codes than this, and the page says so. */
const FEW_CODES = 4;

/** Back to the page, which shows recovery codes. */
export function backShowing(ctx: Context, call: DashboardCall, codes: string[]): Redirect {
  const item = { kind: 'recoveryCodes', values: { codes: codes.join('\n') } };
  showOnce(ctx, call, shownTo(call), item);
  return { redirect: PATH };
}

function shownTo({ by }: DashboardCall): ShownOncePage {
  return { path: PATH, owner: by.formToken };
}

/** One's own account: time zone, password, two-step sign-in, sessions. */
export async function accountPage(
  ctx: Context,
  call: DashboardCall,
  errors?: Record<string, string>,
): Promise<DashboardPage> {
  const { by, t, request } = call;
  const { changed, saved } = errors ? {} : request.query;
  const [twoStep, sessions] = await Promise.all([
    getTwoStep({ ctx, account: by.user.user_id }),
    listSessions({ ctx, by }),
  ]);
  return {
    section: 'settings',
    template: 'dashboard/account',
    title: t.dashboard.account.title,
    status: errors ? 400 : 200,
    data: {
      tab: 'account',
      errors: errors ?? {},
      changed: changed === '1',
      saved: typeof saved === 'string' ? saved : null,
      ownZone: by.user.time_zone ?? '',
      zones: zonesFor(by.user.time_zone, t),
      made: { items: shownOnce(ctx, request, shownTo(call)), action: `${PATH}/copied` },
      twoStep: twoStep && { ...twoStep, few: twoStep.recovery_codes_left < FEW_CODES },
      sessions,
    },
  };
}

/** By name; machines list some zones by their older name only, so the one in use is added. */
function zonesFor(current: string | null, t: DashboardCall['t']): Record<string, string> {
  const names = new Set([...timeZones(), ...(current === null ? [] : [current])]);
  const zones = [...names].map((name) => [name, name.replaceAll('_', ' ')] as const);
  return { '': t.dashboard.account.browserZone, ...Object.fromEntries(zones) };
}
