/**
 * The operator's pages. They live under `/operator/pages`, because the paths right under
 * `/operator` are those of the JSON API; `GET /operator` redirects browsers here.
 */
import type { Request } from 'express';
import type { Context } from '../../context';
import { normalizeId } from '../../core/identifiers/id';
import { AppError } from '../../errors';
import { sameSecret } from '../../lib/random-ids';
import { formatUsd } from '../dashboard/format';
import { PAGES_PREFIX } from '../operator/found-path';
import { QUEUE_BOARD_PATH } from '../operator/paths';
import { operatorOf, requireAdmin } from '../operator/require-operator';
import { wordsFor } from '../pages/page-errors';
import {
  field,
  type Page,
  type PageCall,
  type PageRoutes,
  type Redirect,
} from '../pages/page-router';
import { refusing } from '../pages/refusing';
import type { ShownOncePage } from '../pages/shown-once';
import { askPasswordFirst } from './password-first';

export const PREFIX = PAGES_PREFIX;

const SECTIONS = {
  health: { href: PREFIX, icon: 'heart-pulse' },
  companies: { href: `${PREFIX}/companies`, icon: 'building-2' },
  topUps: { href: `${PREFIX}/top-ups`, icon: 'wallet' },
  jobs: { href: `${PREFIX}/jobs`, icon: 'list-restart' },
  batches: { href: `${PREFIX}/batches`, icon: 'layers' },
  mails: { href: `${PREFIX}/mails`, icon: 'mail' },
  board: { href: QUEUE_BOARD_PATH, icon: 'square-kanban' },
  audit: { href: `${PREFIX}/audit`, icon: 'scroll-text' },
  operators: { href: `${PREFIX}/operators`, icon: 'users' },
} as const;

/** The colour of a verdict. */
const BADGES = { good: 'ok', watch: 'warn', act: 'bad' } as const;

/** A page of the operator. */
export interface OperatorPage extends Omit<Page, 'shell' | 'wide' | 'formToken' | 'readOnly'> {
  /** Null: none of them. */
  section: keyof typeof SECTIONS | null;
}

/** The name, in `?notice=`, of what a page says after a change. */
export type Notice = keyof PageCall['t']['operator']['notices'];

type Result = OperatorPage | Redirect;
type Handler = (call: PageCall) => Promise<Result> | Result;

export interface OperatorGetOptions {
  /** Leads to a change that viewers may not make. */
  adminsOnly?: boolean;
}

export interface OperatorPostOptions {
  /** Changes nothing but what is one's own, so viewers may send it. */
  viewersToo?: boolean;
  /** Matters so much that it takes a fresh sign-in, or the password again. */
  fresh?: boolean;
}

/** Routes for operators. */
export interface OperatorRoutes {
  ctx: Context;
  get: (path: string, handle: Handler, options?: OperatorGetOptions) => void;
  /** A form of ours: needs the token of the session, if there is one, and mostly an admin. */
  post: (path: string, handle: Handler, options?: OperatorPostOptions) => void;
}

/** Makes routes whose pages have the operator's frame. */
export function operatorRoutes(ctx: Context, { get, post }: PageRoutes): OperatorRoutes {
  const framed =
    (handle: Handler) =>
    async (call: PageCall): Promise<Page | Redirect> => {
      const result = await refusing(
        () => handle(call),
        (error) => refusal(error, call),
      );
      return 'redirect' in result ? result : withFrame(ctx, call, result);
    };
  return {
    ctx,
    get: (path, handle, { adminsOnly = false } = {}) => {
      const guarded: Handler = (call) => {
        if (adminsOnly) requireAdmin(operatorOf(call.request));
        return handle(call);
      };
      get(path, framed(guarded));
    },
    post: (path, handle, { viewersToo = false, fresh = false } = {}) => {
      const guarded: Handler = async (call) => {
        requireFormToken(call);
        if (!viewersToo) requireAdmin(operatorOf(call.request));
        return (fresh ? await askPasswordFirst(ctx, call) : null) ?? handle(call);
      };
      post(path, framed(guarded));
    },
  };
}

/**
 * Refuses a form that was not made for this session; where credentials come with each request, there
 * is none.
 */
function requireFormToken({ request }: PageCall): void {
  const { formToken } = operatorOf(request);
  const isOurs = formToken === null || sameSecret(field(request, 'form_token'), formToken);
  if (!isOurs) throw new AppError('same_origin_only');
}

/** Back to a page of ours that says what happened. */
export function backTo({ link }: PageCall, path: string, notice: Notice): Redirect {
  return { redirect: link(`${path}?notice=${notice}`) };
}

/** What a page shows once is for the session that made it, and nobody else in this browser. */
export function shownTo(request: Request, path: string): ShownOncePage {
  return { path, owner: operatorOf(request).formToken ?? 'operator' };
}

/** A parameter of the path. */
export function parameter({ request }: PageCall, name: string): string {
  return normalizeId(String(request.params[name]));
}

/** A parameter of the query; empty when there is none, or more than one. */
export function queried({ request }: PageCall, name: string): string {
  const value = request.query[name];
  return typeof value === 'string' ? value : '';
}

function refusal(error: AppError, { t }: PageCall) {
  const words = whyRefused(t, error);
  return { template: 'pages/error', title: words.heading, data: { words, requestId: null } };
}

function whyRefused(t: PageCall['t'], error: AppError): { heading: string; text: string } {
  const { heading, earlier, admins } = t.operator.refused;
  if (error.code === 'operator_admin_only') return admins;
  // What other sites send is refused earlier: this form is from an earlier session.
  return error.code === 'same_origin_only' ? { heading, text: earlier } : wordsFor(t, error);
}

function withFrame(ctx: Context, call: PageCall, { section, data, ...page }: OperatorPage): Page {
  const { t, request } = call;
  const { named, role, formToken } = operatorOf(request);
  const notices: Record<string, string> = t.operator.notices;
  const asked = queried(call, 'notice');
  return {
    ...page,
    formToken: formToken ?? undefined,
    readOnly: role === 'viewer',
    shell: shellOf(ctx, call, section),
    data: {
      ...data,
      o: t.operator,
      badges: BADGES,
      usd: formatUsd,
      admin: role === 'admin',
      tries: named?.notice ?? null,
      notice: Object.hasOwn(notices, asked) ? notices[asked] : null,
    },
  };
}

function shellOf(
  { config }: Context,
  call: PageCall,
  section: OperatorPage['section'],
): Page['shell'] {
  const { t, request } = call;
  const { named, role, formToken } = operatorOf(request);
  const words = t.operator;
  const sections = Object.entries(SECTIONS).filter(
    ([name]) => name !== 'mails' || config.mailInbox,
  );
  const items = sections.map(([name, { href, icon }]) => ({
    href,
    icon,
    text: words.nav[name as keyof typeof SECTIONS],
    current: name === section,
  }));
  const signOut = { action: `${PREFIX}/sign-out`, text: words.signOut };
  const [name, about] = named ? [named.email, words.roles[role]] : [words.byToken, ''];
  return {
    label: words.nav.label,
    home: PREFIX,
    items,
    search: searchField(call),
    // With HTTP Basic there is nothing to sign out of.
    ...(formToken !== null && { me: { name, about, signOut: { ...signOut, formToken } } }),
  };
}

/** Sent by POST, so that what is typed is in no URL. */
function searchField({ t, link }: PageCall): NonNullable<Page['shell']>['search'] {
  const { field: label, placeholder, button } = t.operator.search;
  return { action: link(`${PREFIX}/search`), label, placeholder, button };
}
