import type { RequestHandler } from 'express';
import type { Context } from '../../context';
import { type DashboardUser, resumeSession } from '../../core/users/session';
import { AppError } from '../../errors';
import { sameSecret } from '../../lib/random-ids';
import { clientIp } from '../client-ip';
import {
  field,
  type Page,
  type PageCall,
  type PageRoutes,
  type Redirect,
} from '../pages/page-router';
import { wordsFor } from '../pages/page-errors';
import { refusing } from '../pages/refusing';
import { newOperationId } from '../pages/shown-once';
import { sessionSecret } from './cookie';
import { formatUsd } from './format';
import { askPasswordFirst } from './password-first';
import { loginBeforeFile, PREFIX, toLogin } from './sign-in-first';

/** The parts of the dashboard: their paths below it, and their icons. */
const SECTIONS = {
  overview: { path: '', icon: 'house' },
  certificates: { path: '/certificates', icon: 'file-check' },
  revocations: { path: '/revocations', icon: 'ban' },
  contacts: { path: '/contacts', icon: 'contact-round' },
  wallet: { path: '/wallet', icon: 'wallet' },
  audit: { path: '/audit', icon: 'scroll-text' },
  properties: { path: '/properties', icon: 'globe' },
  settings: { path: '/settings', icon: 'settings' },
} as const;
export type Section = keyof typeof SECTIONS;

/** A request by somebody who is signed in. */
export interface DashboardCall extends PageCall {
  by: DashboardUser;
}

/** A request for a file. */
export type DashboardDownload = Pick<DashboardCall, 'by' | 'request' | 'response'>;

/** A page of the dashboard; its template begins with `<% layout('/dashboard/frame') %>`. */
export interface DashboardPage extends Omit<Page, 'shell' | 'wide' | 'timeZone'> {
  /** Null: none of them. */
  section: Section | null;
}

type Result = DashboardPage | Redirect;
type Handler = (call: DashboardCall) => Promise<Result> | Result;

export interface DashboardGetOptions {
  /** Leads to a change that viewers may not make. */
  adminsOnly?: boolean;
}

export interface DashboardPostOptions {
  /** Changes nothing about the company, so viewers may send it. */
  viewersToo?: boolean;
  /** Matters so much that it takes a fresh sign-in, or the password again. */
  fresh?: boolean;
  /** Reads the body itself, and calls `requireFormToken` before it keeps any of it. */
  takesBody?: boolean;
}

/** Routes for people who are signed in; anybody else is sent to sign in first. */
export interface DashboardRoutes {
  ctx: Context;
  get: (path: string, handle: Handler, options?: DashboardGetOptions) => void;
  /** A form of ours: needs the token of the session and, unless told otherwise, an admin. */
  post: (path: string, handle: Handler, options?: DashboardPostOptions) => void;
  /** For files. */
  download: (path: string, handle: (call: DashboardDownload) => Promise<void>) => void;
}

/** Makes routes that know who is signed in. */
export function dashboardRoutes(ctx: Context, routes: PageRoutes): DashboardRoutes {
  const forUser =
    (handle: Handler) =>
    async (call: PageCall): Promise<Page | Redirect> => {
      const by = await whoIs(ctx, call);
      if (by === 'elsewhere') return fromElsewhere(call);
      if (!by) return toLogin(call);
      const result = await refusing(
        () => handle({ ...call, by }),
        (error) => refusal(error, call),
      );
      return 'redirect' in result ? result : withFrame({ ...call, by }, result);
    };
  return {
    ctx,
    get: (path, handle, { adminsOnly = false } = {}) => {
      const guarded: Handler = (call) => {
        if (adminsOnly) requireAdmin(call.by);
        return handle(call);
      };
      routes.get(path, forUser(guarded));
    },
    post: (path, handle, { viewersToo = false, fresh = false, takesBody = false } = {}) => {
      const guarded: Handler = async (call) => {
        if (!takesBody) requireFormToken(call.by, field(call.request, 'form_token'));
        if (!viewersToo) requireAdmin(call.by);
        return (fresh ? await askPasswordFirst(ctx, call) : null) ?? handle(call);
      };
      routes.post(path, forUser(guarded), takesBody ? { body: leaveBody } : {});
    },
    download: (path, handle) => {
      // Not by `get`, whose answers are pages and redirects.
      routes.router.get(path, async (request, response) => {
        response.locals.route = PREFIX + path;
        const by = await whoIs(ctx, { request });
        if (by === 'elsewhere') throw new AppError('ip_not_allowed');
        if (!by) response.redirect(303, loginBeforeFile(request));
        else await handle({ by, request, response });
      });
    },
  };
}

const leaveBody: RequestHandler = (_request, _response, next) => {
  next();
};

function requireAdmin({ user }: DashboardUser): void {
  if (user.role !== 'admin') throw new AppError('admin_only');
}

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
  const secret = sessionSecret(request, ctx.config);
  if (secret === undefined) return null;
  try {
    return await resumeSession({ ctx, secret, ip: clientIp(request) });
  } catch (error) {
    if (error instanceof AppError && error.code === 'ip_not_allowed') return 'elsewhere';
    throw error;
  }
}

/** The page for people outside the company's IP allowlist. */
export function fromElsewhere({ t }: PageCall): Page {
  const { heading, ip: text } = t.dashboard.refused;
  return { status: 403, template: 'dashboard/notice', title: heading, data: { heading, text } };
}

function refusal(error: AppError, { t }: PageCall) {
  const { heading, text } = whyRefused(error, t);
  return { template: 'dashboard/message', title: heading, data: { heading, text } };
}

function whyRefused(error: AppError, t: PageCall['t']): { heading: string; text: string } {
  const { heading, admin, earlier } = t.dashboard.refused;
  if (error.code === 'admin_only') return { heading, text: admin };
  // What other sites send is refused earlier: this form is from an earlier session.
  return error.code === 'same_origin_only' ? { heading, text: earlier } : wordsFor(t, error);
}

function withFrame({ by, t, request }: DashboardCall, page: DashboardPage): Page {
  const { section, data, ...rest } = page;
  const { user, company, formToken } = by;
  const items = Object.entries(SECTIONS).map(([name, { path, icon }]) => ({
    href: PREFIX + path,
    text: t.dashboard.nav[name as Section],
    icon,
    current: name === section,
  }));
  const signOut = { action: `${PREFIX}/sign-out`, formToken, text: t.dashboard.signOut };
  const about = `${company.name} · ${t.dashboard.roles[user.role]}`;
  return {
    ...rest,
    timeZone: user.time_zone ?? undefined,
    shell: {
      label: t.dashboard.nav.label,
      home: PREFIX,
      items,
      me: { name: user.email, about, signOut },
    },
    data: {
      // A form that is shown again goes on with the operation that it began.
      operationId: newOperationId(),
      ...data,
      d: t.dashboard,
      user,
      companyName: company.name,
      admin: user.role === 'admin',
      formToken,
      here: request.originalUrl,
      usd: formatUsd,
    },
  };
}
