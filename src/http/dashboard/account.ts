import { newPassword } from '../../core/users/add-user';
import { changePassword } from '../../core/users/change-password';
import { putNoticeAway } from '../../core/users/put-notice-away';
import { setTimeZone } from '../../core/users/set-time-zone';
import { AppError } from '../../errors';
import { timeZones } from '../../lib/time-zones';
import { wrongPassword } from './wrong-password';
import { field, type Redirect } from '../pages/page-router';
import { giveSession } from './cookie';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';

const PATH = '/dashboard/settings/account';

/** One's own password and time zone, for viewers too. */
export function mountAccount(routes: DashboardRoutes): void {
  routes.get('/settings/account', (call) => page(call));
  routes.post('/settings/account', (call) => change(routes, call), { viewersToo: true });
  routes.post('/settings/account/time-zone', (call) => changeZone(routes, call), {
    viewersToo: true,
  });
  routes.post(
    '/settings/account/notice',
    async ({ by }) => {
      await putNoticeAway({ ctx: routes.ctx, by });
      return { redirect: PATH };
    },
    { viewersToo: true },
  );
}

function page({ by, t, request }: DashboardCall, errors?: Record<string, string>): DashboardPage {
  const { changed, saved } = errors ? {} : request.query;
  return {
    section: 'settings',
    template: 'dashboard/account',
    title: t.dashboard.account.title,
    status: errors ? 400 : 200,
    data: {
      tab: 'account',
      errors: errors ?? {},
      changed: changed === '1',
      zoneSaved: saved === 'zone',
      zone: by.user.time_zone ?? '',
      zones: zonesFor(by.user.time_zone, t),
    },
  };
}

async function change(
  { ctx }: DashboardRoutes,
  call: DashboardCall,
): Promise<DashboardPage | Redirect> {
  const { by, request, response, t } = call;
  const words = t.dashboard;
  const next = newPassword.safeParse(field(request, 'next'));
  if (!next.success) return page(call, { next: words.errors.password });
  try {
    const current = field(request, 'current');
    const secret = await changePassword({ ctx, by, current, next: next.data });
    giveSession(response, secret, ctx.config);
    return { redirect: `${PATH}?changed=1` };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const isWeak = error.extra.details?.some(({ path }) => path === 'password');
    if (isWeak) return page(call, { next: words.errors.guessable });
    const { status, text } = wrongPassword(error, words);
    return { ...page(call, { current: text }), status };
  }
}

/** By name; machines list some zones by their older name only, so the one in use is added. */
function zonesFor(current: string | null, t: DashboardCall['t']): Record<string, string> {
  const names = new Set([...timeZones(), ...(current === null ? [] : [current])]);
  const zones = [...names].map((name) => [name, name.replaceAll('_', ' ')] as const);
  return { '': t.dashboard.account.browserZone, ...Object.fromEntries(zones) };
}

async function changeZone(
  { ctx }: DashboardRoutes,
  call: DashboardCall,
): Promise<DashboardPage | Redirect> {
  const timeZone = field(call.request, 'time_zone') || null;
  try {
    await setTimeZone({ ctx, by: call.by, timeZone });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid_request') throw error;
    return page(call, { time_zone: call.t.dashboard.errors.timeZone });
  }
  return { redirect: `${PATH}?saved=zone` };
}
