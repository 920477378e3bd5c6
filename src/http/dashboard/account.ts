import { newPassword } from '../../core/users/add-user';
import { changePassword } from '../../core/users/change-password';
import { putNoticeAway } from '../../core/users/put-notice-away';
import { setTimeZone } from '../../core/users/set-time-zone';
import { AppError } from '../../errors';
import { wrongPassword } from './wrong-password';
import { field, type Redirect } from '../pages/page-router';
import { putAway } from '../pages/shown-once';
import { accountPage, PATH } from './account-page';
import { giveSession } from './cookie';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { mountSessions } from './sessions';
import { mountTwoStep } from './two-step';

/** One's own account, for viewers too. */
export function mountAccount(routes: DashboardRoutes): void {
  const { ctx, get, post } = routes;
  const viewersToo = { viewersToo: true };
  get('/settings/account', (call) => accountPage(ctx, call));
  post('/settings/account', (call) => change(routes, call), viewersToo);
  post('/settings/account/time-zone', (call) => changeZone(routes, call), viewersToo);
  post(
    '/settings/account/notice',
    async ({ by }) => {
      await putNoticeAway({ ctx, by });
      return { redirect: PATH };
    },
    viewersToo,
  );
  post(
    '/settings/account/copied',
    (call) => {
      putAway(ctx, call, PATH);
      return { redirect: PATH };
    },
    viewersToo,
  );
  mountTwoStep(routes);
  mountSessions(routes);
}

async function change(
  { ctx }: DashboardRoutes,
  call: DashboardCall,
): Promise<DashboardPage | Redirect> {
  const { by, request, response, t } = call;
  const words = t.dashboard;
  const next = newPassword.safeParse(field(request, 'next'));
  if (!next.success) return accountPage(ctx, call, { next: words.errors.password });
  try {
    const current = field(request, 'current');
    const secret = await changePassword({ ctx, by, current, next: next.data });
    giveSession(response, secret, ctx.config);
    return { redirect: `${PATH}?changed=1` };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const isWeak = error.extra.details?.some(({ path }) => path === 'password');
    if (isWeak) return accountPage(ctx, call, { next: words.errors.guessable });
    const { status, text } = wrongPassword(error, words);
    return { ...(await accountPage(ctx, call, { current: text })), status };
  }
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
    return accountPage(ctx, call, { time_zone: call.t.dashboard.errors.timeZone });
  }
  return { redirect: `${PATH}?saved=zone` };
}
