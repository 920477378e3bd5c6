import type { RequestHandler } from 'express';
import type { Context } from '../../context';
import type { Arrival } from '../../core/accounts/new-session';
import { AppError } from '../../errors';
import { clientIp } from '../client-ip';
import {
  field,
  type Page,
  type PageCall,
  type PageRoutes,
  type Redirect,
} from '../pages/page-router';
import type { SignInCookies } from '../pages/sign-in-cookies';
import { wrongCode } from './wrong-password';

/** Where people sign in with a password, and some with a code besides. */
export interface SignInArea {
  ctx: Context;
  cookies: SignInCookies;
  /** The whole paths of the field for the password, and of that for the code. */
  login: string;
  code: string;
  /** The page to go to after signing in: one of the area's, whatever was sent. */
  safeNext: (next: unknown) => string;
  texts: (t: PageCall['t']) => { title: string; codeLost: string };
  isAwaited: (request: { ctx: Context; pending: string }) => boolean;
  /** @throws AppError code_wrong, code_used, too_many_requests; unauthenticated: begin anew */
  giveCode: (
    request: Arrival & { ctx: Context; pending: string; code: string },
  ) => Promise<{ secret: string; device: string | null }>;
  /** The page for any other refusal. */
  refused?: (error: AppError, call: PageCall) => Page | null;
}

/** What a browser has brought along to a sign-in. */
export function arrivalOf({ ctx, cookies }: SignInArea, { request }: PageCall): Arrival {
  return {
    ip: clientIp(request),
    userAgent: request.get('user-agent'),
    previousSecret: cookies.sessionSecret(request, ctx.config),
    device: cookies.deviceMark(request, ctx.config),
  };
}

/**
 * The second step of signing in: the page with the field "Code".
 * @param path of the page, below the area's
 */
export function mountSignInCode(
  area: SignInArea,
  routes: PageRoutes,
  path: string,
  before: RequestHandler[],
): void {
  const { ctx, cookies, isAwaited } = area;
  routes.get(path, (call) => {
    const pending = cookies.pendingSignIn(call.request, ctx.config);
    const isOpen = pending !== undefined && isAwaited({ ctx, pending });
    return isOpen ? codePage(area, call) : startAgain(area, call);
  });
  routes.post(path, (call) => tryCode(area, call), { before });
}

/** On to the field "Code", which this browser alone can fill. */
export function askForCode(
  area: SignInArea,
  { response, link }: PageCall,
  pending: string,
  next: string,
): Redirect {
  area.cookies.givePending(response, pending, area.ctx.config);
  return { redirect: link(pathTo(area, next)) };
}

/** Lets the browser of somebody in who has signed in. */
export function goIn(
  { ctx, cookies, safeNext }: SignInArea,
  { response, link }: PageCall,
  { secret, device }: { secret: string; device: string | null },
  next: unknown,
): Redirect {
  cookies.giveSession(response, secret, ctx.config);
  if (device !== null) cookies.giveDevice(response, device, ctx.config);
  return { redirect: link(safeNext(next)) };
}

function pathTo({ code, safeNext }: SignInArea, next: unknown): string {
  return `${code}?next=${encodeURIComponent(safeNext(next))}`;
}

function codePage(
  area: SignInArea,
  { t, request, link }: PageCall,
  { status = 200, error }: { status?: number; error?: string } = {},
): Page {
  const { title, codeLost } = area.texts(t);
  const action = link(pathTo(area, request.query.next));
  return {
    status,
    template: 'account/sign-in-code',
    title,
    data: { title, codeLost, error, action, login: link(area.login) },
  };
}

/** It took too long, or the account has changed meanwhile. */
function startAgain(
  { ctx, cookies, login, safeNext }: SignInArea,
  { request, response, link }: PageCall,
): Redirect {
  cookies.dropPending(response, ctx.config);
  const next = encodeURIComponent(safeNext(request.query.next));
  return { redirect: link(`${login}?again=1&next=${next}`) };
}

async function tryCode(area: SignInArea, call: PageCall): Promise<Page | Redirect> {
  const { ctx, cookies, giveCode } = area;
  const { request, response, t } = call;
  const pending = cookies.pendingSignIn(request, ctx.config);
  if (pending === undefined) return startAgain(area, call);
  try {
    const code = field(request, 'code');
    const signedIn = await giveCode({ ctx, pending, code, ...arrivalOf(area, call) });
    cookies.dropPending(response, ctx.config);
    return goIn(area, call, signedIn, request.query.next);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'unauthenticated') return startAgain(area, call);
    const refused = area.refused?.(error, call);
    if (refused) return refused;
    const { status, text, retryAfterSeconds } = wrongCode(error, t);
    if (retryAfterSeconds !== undefined) response.set('Retry-After', String(retryAfterSeconds));
    return codePage(area, call, { status, error: text });
  }
}
