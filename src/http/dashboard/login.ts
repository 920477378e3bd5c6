import type { RequestHandler } from 'express';
import { newPassword } from '../../core/users/add-user';
import type { Context } from '../../context';
import { giveCode, isAwaited } from '../../core/users/give-code';
import { acceptInvitation, findInvitation } from '../../core/users/accept-invitation';
import { type SeveralAccounts, signIn } from '../../core/users/sign-in';
import { signOut } from '../../core/users/sign-out';
import { AppError } from '../../errors';
import {
  arrivalOf,
  askForCode,
  goIn,
  mountSignInCode,
  type SignInArea,
} from '../account/sign-in-code';
import { clientIp } from '../client-ip';
import {
  field,
  type Page,
  type PageCall,
  type PageRoutes,
  type Redirect,
} from '../pages/page-router';
import { perIpLimit, RateCounter } from '../rate-counter';
import { COOKIES, deviceMark, dropSession, giveDevice, sessionSecret } from './cookie';
import { type DashboardRoutes, fromElsewhere } from './dashboard-route';
import { CODE, LOGIN, PREFIX, safeNext } from './sign-in-first';

const WINDOW_MS = 60_000;
const TRIES_PER_IP = 60;
const LINK_PATH = '/links/:secret';

/** The path of an invitation or reset link, below the service's own URL. */
export function invitationPath(secret: string): string {
  return `${PREFIX}/links/${secret}`;
}

/** Signing in and out, and choosing a password by a link. */
export function mountLogin(
  ctx: Context,
  routes: PageRoutes,
  inside: DashboardRoutes,
): { close: () => void } {
  const counter = new RateCounter(ctx, 'sign-in', WINDOW_MS);
  // Over all accounts together; wrong passwords are counted per account and network besides.
  const before = [perIpLimit(ctx, counter, { limit: TRIES_PER_IP })];
  routes.get('/login', (call) => loginPage(call, { next: call.request.query.next }));
  const area = signInArea(ctx);
  routes.post('/login', (call) => tryToSignIn(area, call), { before });
  inside.post(
    '/sign-out',
    async ({ by, request, response }) => {
      const secret = sessionSecret(request, ctx.config);
      if (secret !== undefined) await signOut({ ctx, by, secret });
      dropSession(response, ctx.config);
      return { redirect: `${PREFIX}/login` };
    },
    { viewersToo: true },
  );
  mountSignInCode(area, routes, '/login/code', before);
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
    texts: (t) => t.dashboard.login,
    isAwaited,
    giveCode,
    refused: (error, call) => (error.code === 'ip_not_allowed' ? fromElsewhere(call) : null),
  };
}

function loginPage(
  { t, request }: PageCall,
  more: {
    status?: number;
    error?: string;
    email?: string;
    next?: unknown;
    companies?: SeveralAccounts['companies'];
  },
): Page {
  const { status = 200, next, ...data } = more;
  const { ready, lost, again, everywhere } = request.query;
  return {
    status,
    template: 'dashboard/login',
    title: t.dashboard.login.title,
    data: {
      ...data,
      d: t.dashboard,
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
  const words = t.dashboard.login;
  try {
    const password = field(request, 'password');
    const companyId = field(request, 'company') || undefined;
    const credentials = { email, password, companyId };
    const result = await signIn({ ctx: area.ctx, ...credentials, ...arrivalOf(area, call) });
    if ('companies' in result) {
      return loginPage(call, { error: words.several, email, next, companies: result.companies });
    }
    if ('pending' in result) return askForCode(area, call, result.pending, next);
    return goIn(area, call, result, next);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, extra } = error;
    if (code === 'ip_not_allowed') return fromElsewhere(call);
    if (code === 'unauthenticated') {
      return loginPage(call, { status: 401, error: words.wrong, email, next });
    }
    if (code !== 'too_many_requests') throw error;
    const seconds = extra.retryAfterSeconds ?? 60;
    response.set('Retry-After', String(seconds));
    const locked = words.locked(Math.ceil(seconds / 60));
    return loginPage(call, { status: 429, error: locked, email, next });
  }
}

function mountLinks(ctx: Context, routes: PageRoutes, before: RequestHandler[]): void {
  const secretOf = ({ request }: PageCall): string => String(request.params.secret);
  routes.get(LINK_PATH, (call) =>
    orGone(call, async () => {
      const { email } = await findInvitation({ ctx, secret: secretOf(call) });
      return invitationPage(call, email);
    }),
  );
  const follow = (call: PageCall): Promise<Page | Redirect> =>
    orGone(call, async () => {
      const secret = secretOf(call);
      const { email } = await findInvitation({ ctx, secret });
      const chosen = newPassword.safeParse(field(call.request, 'password'));
      const { password: error, guessable } = call.t.dashboard.errors;
      if (!chosen.success) return invitationPage(call, email, error);
      const { request } = call;
      const from = { ip: clientIp(request), device: deviceMark(request, ctx.config) };
      try {
        const { device } = await acceptInvitation({ ctx, secret, password: chosen.data, ...from });
        if (device !== undefined) giveDevice(call.response, device, ctx.config);
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'invalid_request') throw error;
        return invitationPage(call, email, guessable);
      }
      // Whoever was signed in on this browser, the person of the link signs in next.
      dropSession(call.response, ctx.config);
      return { redirect: call.link(`${PREFIX}/login?ready=1`) };
    });
  routes.post(LINK_PATH, follow, { before });
}

function invitationPage({ t, request }: PageCall, email: string, error?: string): Page {
  const action = request.originalUrl;
  return {
    status: error === undefined ? 200 : 400,
    template: 'dashboard/invitation',
    title: t.dashboard.invitation.title,
    data: { d: t.dashboard, email, error, action },
  };
}

async function orGone(
  { t }: PageCall,
  answer: () => Promise<Page | Redirect>,
): Promise<Page | Redirect> {
  try {
    return await answer();
  } catch (error) {
    const gone = ['invitation_not_found', 'already_exists'];
    if (!(error instanceof AppError) || !gone.includes(error.code)) throw error;
    const { gone: heading, goneText: text } = t.dashboard.invitation;
    return { status: 404, template: 'dashboard/notice', title: heading, data: { heading, text } };
  }
}
