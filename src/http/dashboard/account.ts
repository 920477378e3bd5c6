import { newPassword } from '../../core/users/add-user';
import { changePassword } from '../../core/users/change-password';
import { AppError } from '../../errors';
import { field, type Redirect } from '../pages/page-router';
import { giveSession } from './cookie';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';

const PATH = '/dashboard/settings/account';

/** One's own password, for viewers too. */
export function mountAccount(routes: DashboardRoutes): void {
  routes.get('/settings/account', (call) => page(call));
  routes.post('/settings/account', (call) => change(routes, call), { viewersToo: true });
}

function page({ t, request }: DashboardCall, errors?: Record<string, string>): DashboardPage {
  return {
    section: 'settings',
    template: 'dashboard/account',
    title: t.dashboard.account.title,
    status: errors ? 400 : 200,
    data: {
      tab: 'account',
      errors: errors ?? {},
      changed: !errors && request.query.changed === '1',
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
    if (error.code === 'invalid_request') {
      return page(call, { current: words.errors.currentPassword });
    }
    if (error.code !== 'too_many_requests') throw error;
    const minutes = Math.ceil((error.extra.retryAfterSeconds ?? 60) / 60);
    return { ...page(call, { current: words.login.locked(minutes) }), status: 429 };
  }
}
