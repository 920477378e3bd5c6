import { changePassword } from '../../core/operators/change-password';
import { signOut } from '../../core/operators/sign-in';
import { putNoticeAway } from '../../core/operators/tell-of-wrong-passwords';
import { newPassword } from '../../core/users/add-user';
import { AppError } from '../../errors';
import { dropSession, giveSession, sessionSecret } from '../operator/cookie';
import { operatorOf } from '../operator/require-operator';
import { LOGIN } from '../operator/sign-in-first';
import { field, type PageCall, type Redirect } from '../pages/page-router';
import { backTo, type OperatorPage, type OperatorRoutes, PREFIX } from './operator-page';
import { wrongPassword } from './wrong-password';

const PATH = `${PREFIX}/account`;

/** One's own password, and signing out; for viewers too. */
export function mountAccount(routes: OperatorRoutes): void {
  const { ctx, get, post } = routes;
  const viewersToo = { viewersToo: true };
  get('/account', (call) => page(call));
  post('/account', (call) => change(routes, call), viewersToo);
  post(
    '/account/notice',
    async (call) => {
      const { named } = operatorOf(call.request);
      if (named) await putNoticeAway({ ctx, operatorId: named.operator_id });
      return { redirect: call.link(PATH) };
    },
    viewersToo,
  );
  post(
    '/sign-out',
    async ({ request, response, link }) => {
      const secret = sessionSecret(request, ctx.config);
      if (secret !== undefined) await signOut({ ctx, by: operatorOf(request), secret });
      dropSession(response, ctx.config);
      return { redirect: link(LOGIN) };
    },
    viewersToo,
  );
}

function page({ request, t }: PageCall, errors?: Record<string, string>): OperatorPage {
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
    },
  };
}

async function change({ ctx }: OperatorRoutes, call: PageCall): Promise<OperatorPage | Redirect> {
  const { request, response, t } = call;
  const words = t.dashboard.errors;
  const next = newPassword.safeParse(field(request, 'next'));
  if (!next.success) return page(call, { next: words.password });
  try {
    const [by, current] = [operatorOf(request), field(request, 'current')];
    const secret = await changePassword({ ctx, by, current, next: next.data });
    giveSession(response, secret, ctx.config);
    return backTo(call, PATH, 'passwordChanged');
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const isWeak = error.extra.details?.some(({ path }) => path === 'password');
    if (isWeak) return page(call, { next: words.guessable });
    const { status, text } = wrongPassword(error, t);
    return { ...page(call, { current: text }), status };
  }
}
