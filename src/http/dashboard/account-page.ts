import type { Context } from '../../context';
import { timeZones } from '../../lib/time-zones';
import { type OwnAccount, ownAccountData } from '../account/own-account';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';

export const PATH = '/dashboard/settings/account';

/** The account's pages of the dashboard. */
export function ownAccount({
  ctx,
  get,
  post,
}: DashboardRoutes): OwnAccount<DashboardCall, DashboardPage> {
  return {
    ...shown(ctx),
    get,
    post: (path, handle) => {
      post(path, handle, { viewersToo: true });
    },
    who: ({ by }) => by,
    framed: ({ t }, page) => ({
      ...page,
      section: 'settings',
      data: {
        ...page.data,
        frame: '/dashboard/frame',
        tabs: '/dashboard/tabs',
        heading: t.dashboard.settings.title,
      },
    }),
  };
}

/** Where they are, and who sees what they show once. */
function shown(ctx: Context) {
  const owner = ({ by }: DashboardCall) => by.formToken;
  return { ctx, path: PATH, route: '/settings/account', owner };
}

/** One's own account: time zone, password, two-step sign-in, sessions. */
export async function accountPage(
  ctx: Context,
  call: DashboardCall,
  errors?: Record<string, string>,
): Promise<DashboardPage> {
  const { by, t, request } = call;
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
      saved: typeof saved === 'string' ? saved : null,
      ownZone: by.user.time_zone ?? '',
      zones: zonesFor(by.user.time_zone, t),
      ...(await ownAccountData(shown(ctx), call, by)),
    },
  };
}

/** By name; machines list some zones by their older name only, so the one in use is added. */
function zonesFor(current: string | null, t: DashboardCall['t']): Record<string, string> {
  const names = new Set([...timeZones(), ...(current === null ? [] : [current])]);
  const zones = [...names].map((name) => [name, name.replaceAll('_', ' ')] as const);
  return { '': t.dashboard.account.browserZone, ...Object.fromEntries(zones) };
}
