import type { RequestHandler } from 'express';
import { giveCode, isAwaited } from '../../core/users/give-code';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { clientIp } from '../client-ip';
import {
  field,
  type Page,
  type PageCall,
  type PageRoutes,
  type Redirect,
} from '../pages/page-router';
import {
  deviceMark,
  dropPending,
  giveDevice,
  givePending,
  giveSession,
  pendingSignIn,
  sessionSecret,
} from './cookie';
import { fromElsewhere } from './dashboard-route';
import { CODE, LOGIN, safeNext } from './sign-in-first';
import { wrongCode } from './wrong-password';

/** The second step of signing in: the page with the field "Code". */
export function mountLoginCode(ctx: Context, routes: PageRoutes, before: RequestHandler[]): void {
  routes.get('/login/code', (call) => {
    const pending = pendingSignIn(call.request, ctx.config);
    const isOpen = pending !== undefined && isAwaited({ ctx, pending });
    return isOpen ? codePage(call) : startAgain(ctx, call);
  });
  routes.post('/login/code', (call) => tryCode(ctx, call), { before });
}

/** On to the field "Code", which this browser alone can fill. */
export function askForCode(
  ctx: Context,
  { response, link }: PageCall,
  pending: string,
  next: string,
): Redirect {
  givePending(response, pending, ctx.config);
  return { redirect: link(pathTo(next)) };
}

function pathTo(next: string): string {
  return `${CODE}?next=${encodeURIComponent(safeNext(next))}`;
}

function codePage(call: PageCall, more: { status?: number; error?: string } = {}): Page {
  const { t, request, link } = call;
  const { status = 200, error } = more;
  return {
    status,
    template: 'dashboard/login-code',
    title: t.dashboard.login.title,
    data: { d: t.dashboard, error, action: link(pathTo(safeNext(request.query.next))) },
  };
}

/** It took too long, or the account has changed meanwhile. */
function startAgain(ctx: Context, { request, response, link }: PageCall): Redirect {
  dropPending(response, ctx.config);
  const next = encodeURIComponent(safeNext(request.query.next));
  return { redirect: link(`${LOGIN}?again=1&next=${next}`) };
}

async function tryCode(ctx: Context, call: PageCall): Promise<Page | Redirect> {
  const { request, response, t, link } = call;
  const pending = pendingSignIn(request, ctx.config);
  if (pending === undefined) return startAgain(ctx, call);
  try {
    const { secret, device } = await giveCode({
      ctx,
      pending,
      code: field(request, 'code'),
      ip: clientIp(request),
      userAgent: request.get('user-agent'),
      previousSecret: sessionSecret(request, ctx.config),
      device: deviceMark(request, ctx.config),
    });
    dropPending(response, ctx.config);
    giveSession(response, secret, ctx.config);
    giveDevice(response, device, ctx.config);
    return { redirect: link(safeNext(request.query.next)) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'ip_not_allowed') return fromElsewhere(call);
    if (error.code === 'unauthenticated') return startAgain(ctx, call);
    const { status, text, retryAfterSeconds } = wrongCode(error, t.dashboard);
    if (retryAfterSeconds !== undefined) response.set('Retry-After', String(retryAfterSeconds));
    return codePage(call, { status, error: text });
  }
}
