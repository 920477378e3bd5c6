import { changePassword } from '../../core/operators/change-password';
import {
  makeRecoveryCodes,
  turnOffTwoStep,
  turnOnTwoStep,
} from '../../core/operators/own-two-step';
import { signOut } from '../../core/operators/sign-in';
import { newPassword } from '../../core/users/add-user';
import { AppError } from '../../errors';
import { type OwnAccount, ownAccountData } from '../account/own-account';
import { mountSessions } from '../account/sessions';
import { mountTwoStep } from '../account/two-step';
import { wrongPassword } from '../account/wrong-password';
import { COOKIES, dropSession, giveSession, sessionSecret } from '../operator/cookie';
import { LOGIN } from '../operator/paths';
import { operatorOf } from '../operator/require-operator';
import { field, type PageCall, type Redirect } from '../pages/page-router';
import { backTo, type OperatorPage, type OperatorRoutes, PREFIX, shownTo } from './operator-page';

const PATH = `${PREFIX}/account`;

/** One's own password, two-step sign-in and sessions, and signing out; for viewers too. */
export function mountAccount(routes: OperatorRoutes): void {
  const { ctx } = routes;
  const own = ownAccount(routes);
  own.get('/account', (call) => page(own, call));
  own.post('/account', (call) => change(own, call));
  own.post('/sign-out', async ({ request, response, link }) => {
    const secret = sessionSecret(request, ctx.config);
    if (secret !== undefined) await signOut({ ctx, by: operatorOf(request), secret });
    dropSession(response, ctx.config);
    return { redirect: link(LOGIN) };
  });
  const by = ({ request }: PageCall) => ({ ctx, by: operatorOf(request) });
  mountTwoStep({
    ...own,
    turnOn: (call, form) => turnOnTwoStep({ ...by(call), ...form }),
    turnOff: (call, form) => turnOffTwoStep({ ...by(call), ...form }),
    makeCodes: (call, form) => makeRecoveryCodes({ ...by(call), ...form }),
    saying: (call, what) => backTo(call, PATH, what),
    question: 'operator-pages/operator-confirm',
  });
  mountSessions({
    ...own,
    cookies: COOKIES,
    login: LOGIN,
    sayingEnded: (call) => backTo(call, PATH, 'sessionEnded'),
  });
}

function ownAccount({ ctx, get, post }: OperatorRoutes): OwnAccount<PageCall, OperatorPage> {
  return {
    ctx,
    path: PATH,
    route: '/account',
    get,
    post: (path, handle) => {
      post(path, handle, { viewersToo: true });
    },
    who: ({ request }) => {
      const { named, caller } = operatorOf(request);
      return named && { account: named.account, caller, session: named.session };
    },
    framed: ({ t }, { title, template, status, data }) => ({
      section: 'operators',
      title,
      template,
      status,
      data: {
        ...data,
        frame: '/pages/layout',
        tabs: '/operator-pages/operator-tabs',
        heading: t.operator.operators.title,
      },
    }),
    owner: ({ request }) => shownTo(request, PATH).owner,
  };
}

async function page(
  area: OwnAccount<PageCall, OperatorPage>,
  call: PageCall,
  errors?: Record<string, string>,
): Promise<OperatorPage> {
  const { request, t } = call;
  const own = area.who(call);
  return {
    section: 'operators',
    status: errors ? 400 : 200,
    template: 'operator-pages/account',
    title: t.operator.account.title,
    data: {
      tab: 'account',
      errors: errors ?? {},
      named: operatorOf(request).named,
      hint: t.operator.link.hint,
      path: PATH,
      ...(own && (await ownAccountData(area, call, own))),
    },
  };
}

async function change(
  area: OwnAccount<PageCall, OperatorPage>,
  call: PageCall,
): Promise<OperatorPage | Redirect> {
  const { ctx } = area;
  const { request, response, t } = call;
  const words = t.dashboard.errors;
  const next = newPassword.safeParse(field(request, 'next'));
  if (!next.success) return page(area, call, { next: words.password });
  try {
    const [by, current] = [operatorOf(request), field(request, 'current')];
    const secret = await changePassword({ ctx, by, current, next: next.data });
    giveSession(response, secret, ctx.config);
    return backTo(call, PATH, 'passwordChanged');
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const isWeak = error.extra.details?.some(({ path }) => path === 'password');
    if (isWeak) return page(area, call, { next: words.guessable });
    const { status, text } = wrongPassword(error, t);
    return { ...(await page(area, call, { current: text })), status };
  }
}
