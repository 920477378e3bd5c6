import { newPassword } from '../../core/users/add-user';
import { changePassword } from '../../core/users/change-password';
import { putNoticeAway } from '../../core/users/put-notice-away';
import { AppError } from '../../errors';
import { wrongPassword } from './wrong-password';
import { field, type Redirect } from '../pages/page-router';
import { giveSession } from './cookie';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';

const PATH = '/dashboard/settings/account';

/** One's own password, for viewers too. */
export function mountAccount(routes: DashboardRoutes): void {
  routes.get('/settings/account', (call) => page(call));
  routes.post('/settings/account', (call) => change(routes, call), { viewersToo: true });
  routes.post(
    '/settings/account/notice',
    async ({ by }) => {
      await putNoticeAway({ ctx: routes.ctx, by });
      return { redirect: PATH };
    },
    { viewersToo: true },
  );
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
    const isWeak = error.extra.details?.some(({ path }) => path === 'password');
    if (isWeak) return page(call, { next: words.errors.guessable });
    const { status, text } = wrongPassword(error, words);
    return { ...page(call, { current: text }), status };
  }
}
