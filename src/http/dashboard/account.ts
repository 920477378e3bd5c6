import { newPassword } from '../../core/users/add-user';
import { changePassword } from '../../core/users/change-password';
import { setTimeZone } from '../../core/users/set-time-zone';
import { makeRecoveryCodes, turnOffTwoStep } from '../../core/users/turn-off-two-step';
import { turnOnTwoStep } from '../../core/users/turn-on-two-step';
import { AppError } from '../../errors';
import { mountSessions } from '../account/sessions';
import { mountTwoStep } from '../account/two-step';
import { wrongPassword } from '../account/wrong-password';
import { field, type Redirect } from '../pages/page-router';
import { accountPage, ownAccount, PATH } from './account-page';
import { COOKIES, giveSession } from './cookie';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { LOGIN } from './sign-in-first';

/** One's own account, for viewers too. */
export function mountAccount(routes: DashboardRoutes): void {
  const { ctx, get, post } = routes;
  const viewersToo = { viewersToo: true };
  get('/settings/account', (call) => accountPage(ctx, call));
  post('/settings/account', (call) => change(routes, call), viewersToo);
  post('/settings/account/time-zone', (call) => changeZone(routes, call), viewersToo);
  const own = ownAccount(routes);
  const typed = ({ by }: DashboardCall) => ({ ctx, by });
  mountTwoStep({
    ...own,
    turnOn: (call, form) => turnOnTwoStep({ ...typed(call), ...form }),
    turnOff: (call, form) => turnOffTwoStep({ ...typed(call), ...form }),
    makeCodes: (call, form) => makeRecoveryCodes({ ...typed(call), ...form }),
    saying: (_call, what) => ({ redirect: `${PATH}?saved=${what}` }),
    question: 'dashboard/confirm',
  });
  mountSessions({
    ...own,
    cookies: COOKIES,
    login: LOGIN,
    sayingEnded: () => ({ redirect: `${PATH}?saved=session` }),
  });
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
    const { status, text } = wrongPassword(error, t);
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
