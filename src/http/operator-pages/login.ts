import type { RequestHandler } from 'express';
import type { Context } from '../../context';
import { findLink, followLink } from '../../core/operators/follow-link';
import { giveCode, isAwaited } from '../../core/operators/give-code';
import { signIn } from '../../core/operators/sign-in';
import { newPassword } from '../../core/users/add-user';
import { AppError } from '../../errors';
import {
  arrivalOf,
  askForCode,
  goIn,
  mountSignInCode,
  type SignInArea,
} from '../account/sign-in-code';
import { clientIp } from '../client-ip';
import { COOKIES, deviceMark, dropSession, giveDevice } from '../operator/cookie';
import { LINK_PATH } from '../operator/link-url';
import { CODE, LOGIN } from '../operator/paths';
import { safeNext } from '../operator/sign-in-first';
import {
  field,
  type Page,
  type PageCall,
  type PageRoutes,
  type Redirect,
} from '../pages/page-router';
import { perIpLimit, RateCounter } from '../rate-counter';

const WINDOW_MS = 60_000;
const TRIES_PER_IP = 60;

/** Signing in, and choosing a password by a link. */
export function mountLogin(ctx: Context, routes: PageRoutes): { close: () => void } {
  const counter = new RateCounter(ctx, 'operator-sign-in', WINDOW_MS);
  // Over all accounts together; wrong passwords are counted per account and network besides.
  const before = [perIpLimit(ctx, counter, { limit: TRIES_PER_IP })];
  routes.get('/', (call) => loginPage(call, { next: call.request.query.next }));
  const area = signInArea(ctx);
  routes.post('/', (call) => tryToSignIn(area, call), { before });
  mountSignInCode(area, routes, '/code', before);
  mountLinks(ctx, routes, before);
  return {
    close: () => {
      counter.shutdown();
    },
  };
}

function signInArea(ctx: Context): SignInArea {
  return {
    ctx,
    cookies: COOKIES,
    login: LOGIN,
    code: CODE,
    safeNext,
    texts: (t) => t.operator.login,
    isAwaited,
    giveCode,
  };
}

function loginPage(
  { t, request }: PageCall,
  more: { status?: number; error?: string; email?: string; next?: unknown },
): Page {
  const { status = 200, next, ...data } = more;
  const { ready, lost, again, everywhere } = request.query;
  return {
    status,
    template: 'operator-pages/login',
    title: t.operator.login.title,
    data: {
      ...data,
      o: t.operator,
      action: LOGIN,
      next: safeNext(next),
      ready: ready === '1',
      lost: lost === '1',
      again: again === '1',
      everywhere: everywhere === '1',
    },
  };
}

async function tryToSignIn(area: SignInArea, call: PageCall): Promise<Page | Redirect> {
  const { request, response, t } = call;
  const [email, next] = [field(request, 'email'), field(request, 'next')];
  const words = t.operator.login;
  try {
    const credentials = { email, password: field(request, 'password') };
    const result = await signIn({ ctx: area.ctx, ...credentials, ...arrivalOf(area, call) });
    if ('pending' in result) return askForCode(area, call, result.pending, next);
    return goIn(area, call, result, next);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'unauthenticated') {
      return loginPage(call, { status: 401, error: words.wrong, email, next });
    }
    if (error.code !== 'too_many_requests') throw error;
    const seconds = error.extra.retryAfterSeconds ?? 60;
    response.set('Retry-After', String(seconds));
    const locked = words.locked(Math.ceil(seconds / 60));
    return loginPage(call, { status: 429, error: locked, email, next });
  }
}

function mountLinks(ctx: Context, routes: PageRoutes, before: RequestHandler[]): void {
  const secretOf = ({ request }: PageCall): string => String(request.params.secret);
  routes.get(LINK_PATH, (call) =>
    orGone(call, async () => linkPage(call, await findLink({ ctx, secret: secretOf(call) }))),
  );
  const follow = (call: PageCall): Promise<Page | Redirect> =>
    orGone(call, async () => {
      const { request, response, t, link } = call;
      const secret = secretOf(call);
      const found = await findLink({ ctx, secret });
      const chosen = newPassword.safeParse(field(request, 'password'));
      const { password: tooShort, guessable } = t.dashboard.errors;
      if (!chosen.success) return linkPage(call, found, tooShort);
      const from = { ip: clientIp(request), device: deviceMark(request, ctx.config) };
      try {
        const { device } = await followLink({ ctx, secret, password: chosen.data, ...from });
        if (device !== undefined) giveDevice(response, device, ctx.config);
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'invalid_request') throw error;
        return linkPage(call, found, guessable);
      }
      // Whoever was signed in on this browser, the person of the link signs in next.
      dropSession(response, ctx.config);
      return { redirect: link(`${LOGIN}?ready=1`) };
    });
  routes.post(LINK_PATH, follow, { before });
}

function linkPage({ t, request }: PageCall, { email }: { email: string }, error?: string): Page {
  const action = request.originalUrl;
  const words = t.operator.link;
  return {
    status: error === undefined ? 200 : 400,
    template: 'operator-pages/link',
    title: words.title,
    data: { w: words, email, error, action },
  };
}

async function orGone(
  { t }: PageCall,
  answer: () => Promise<Page | Redirect>,
): Promise<Page | Redirect> {
  try {
    return await answer();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invitation_not_found') throw error;
    const { gone: heading, goneText: text } = t.operator.link;
    return { status: 404, template: 'dashboard/notice', title: heading, data: { heading, text } };
  }
}
