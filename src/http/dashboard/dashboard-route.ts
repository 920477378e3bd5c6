import type { RequestHandler } from 'express';
import type { Context } from '../../context';
import { type DashboardUser, resumeSession } from '../../dashboard/session';
import { AppError } from '../../errors';
import { sameSecret } from '../../random-ids';
import { clientIp } from '../client-ip';
import {
  field,
  type Page,
  type PageCall,
  type PageRoutes,
  type Redirect,
} from '../pages/page-router';
import { sessionSecret } from './cookie';
import { formatUsd } from './format';

export const PREFIX = '/dashboard';
const LOGIN = `${PREFIX}/login`;

const SECTIONS = [
  'certificates',
  'revocations',
  'wallet',
  'audit',
  'properties',
  'settings',
] as const;
export type Section = (typeof SECTIONS)[number];

/** A request of somebody who is signed in. */
export interface DashboardCall extends PageCall {
  by: DashboardUser;
}

/** A request for a file. */
type Download = Pick<DashboardCall, 'by' | 'request' | 'response'>;

/** A page of the dashboard; its template begins with `<% layout('/dashboard/frame') %>`. */
export interface DashboardPage extends Omit<Page, 'nav' | 'wide'> {
  section: Section;
}

type Result = DashboardPage | Redirect;
type Handler = (call: DashboardCall) => Promise<Result> | Result;

export interface DashboardPostOptions {
  /** Changes nothing of the company: viewers may. */
  viewersToo?: boolean;
  /** Takes the body itself and calls `requireFormToken`, before anything that is sent is kept. */
  takesBody?: boolean;
}

/** Routes for people who are signed in; whoever is not is sent to sign in first. */
export interface DashboardRoutes {
  ctx: Context;
  get: (path: string, handle: Handler) => void;
  /** A form of ours: with the token of the session, and by an admin unless said otherwise. */
  post: (path: string, handle: Handler, options?: DashboardPostOptions) => void;
  /** For what is not a page. */
  download: (path: string, handle: (call: Download) => Promise<void>) => void;
}

/** Makes routes that know who is signed in. */
export function dashboardRoutes(ctx: Context, routes: PageRoutes): DashboardRoutes {
  const forUser =
    (handle: Handler) =>
    async (call: PageCall): Promise<Page | Redirect> => {
      const by = await whoIs(ctx, call);
      if (by === 'elsewhere') return fromElsewhere(call);
      if (!by) return toLogin(call);
      const result = await refusing(() => handle({ ...call, by }), call);
      return 'redirect' in result ? result : withFrame({ ...call, by }, result);
    };
  return {
    ctx,
    get: (path, handle) => {
      routes.get(path, forUser(handle));
    },
    post: (path, handle, { viewersToo = false, takesBody = false } = {}) => {
      const guarded: Handler = (call) => {
        if (!takesBody) requireFormToken(call.by, field(call.request, 'form_token'));
        if (!viewersToo && call.by.user.role !== 'admin') throw new AppError('admin_only');
        return handle(call);
      };
      routes.post(path, forUser(guarded), takesBody ? { body: leaveBody } : {});
    },
    download: (path, handle) => {
      // `get` gives back a page or a redirect; this does neither.
      routes.router.get(path, async (request, response) => {
        response.locals.route = PREFIX + path;
        const by = await whoIs(ctx, { request });
        if (by === 'elsewhere') throw new AppError('ip_not_allowed');
        if (!by) response.redirect(303, LOGIN);
        else await handle({ by, request, response });
      });
    },
  };
}

const leaveBody: RequestHandler = (_request, _response, next) => {
  next();
};

/**
 * Refuses a form that was not made for this session.
 * @throws AppError same_origin_only
 */
export function requireFormToken(by: DashboardUser, given: string): void {
  if (!sameSecret(given, by.formToken)) throw new AppError('same_origin_only');
}

async function whoIs(
  ctx: Context,
  { request }: Pick<PageCall, 'request'>,
): Promise<DashboardUser | 'elsewhere' | null> {
  const secret = sessionSecret(request);
  if (secret === undefined) return null;
  try {
    return await resumeSession({ ctx, secret, ip: clientIp(request) });
  } catch (error) {
    if (error instanceof AppError && error.code === 'ip_not_allowed') return 'elsewhere';
    throw error;
  }
}

/** For whoever is outside of the company's IP allowlist. */
export function fromElsewhere({ t }: PageCall): Page {
  const { heading, ip: text } = t.dashboard.refused;
  return { status: 403, template: 'dashboard/notice', title: heading, data: { heading, text } };
}

/** Back to where they wanted to go once they have signed in; what was posted is not carried over. */
function toLogin({ request, t, link }: PageCall): Page | Redirect {
  const wanted = request.method === 'GET' ? request.originalUrl : PREFIX;
  const redirect = link(`${LOGIN}?next=${encodeURIComponent(wanted)}`);
  if (request.get('hx-request') !== 'true') return { redirect };
  // Only a part of the page was asked for, in whose place the form would be lost: htmx goes there.
  const { title } = t.dashboard.login;
  const data = { heading: title, text: title };
  return { template: 'dashboard/notice', title, data, headers: { 'HX-Redirect': redirect } };
}

/** A path of our dashboard, whatever was sent. */
export function safeNext(next: unknown): string {
  const ours = typeof next === 'string' && /^\/dashboard(?:[/?][\w\-./?=&%:@+~]*)?$/.test(next);
  return ours && !next.startsWith(LOGIN) ? next : `${PREFIX}/certificates`;
}

async function refusing(handle: () => Promise<Result> | Result, call: PageCall): Promise<Result> {
  try {
    return await handle();
  } catch (error) {
    const { refused } = call.t.dashboard;
    const text = whyRefused(error, refused);
    if (text === null) throw error;
    const data = { heading: refused.heading, text };
    return {
      ...{ status: 403, template: 'dashboard/message', title: refused.heading, data },
      section: 'certificates',
    };
  }
}

function whyRefused(error: unknown, words: Record<'admin' | 'earlier', string>): string | null {
  if (!(error instanceof AppError)) return null;
  if (error.code === 'admin_only') return words.admin;
  // Whatever came from another site has not got here: the form is of an earlier session.
  return error.code === 'same_origin_only' ? words.earlier : null;
}

function withFrame({ by, t, request }: DashboardCall, page: DashboardPage): Page {
  const { section, data, ...rest } = page;
  const items = SECTIONS.map((name) => ({
    href: `${PREFIX}/${name}`,
    text: t.dashboard.nav[name],
    current: name === section,
  }));
  return {
    ...rest,
    wide: true,
    area: 'dashboard',
    nav: { label: t.dashboard.nav.label, items },
    data: {
      ...data,
      d: t.dashboard,
      by,
      admin: by.user.role === 'admin',
      formToken: by.formToken,
      here: request.originalUrl,
      usd: formatUsd,
    },
  };
}
