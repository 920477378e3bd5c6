import type { Request } from 'express';
import { cameFrom, ownPath, signInPath } from '../pages/own-path';
import type { Page, PageCall, Redirect } from '../pages/page-router';

export const PREFIX = '/dashboard';
export const LOGIN = `${PREFIX}/login`;
/** Where a sign-in that waits for a code goes on. */
export const CODE = `${LOGIN}/code`;

/**
 * Leads to the login page, and from there to where the visitor was going. A form is not sent again:
 * they get back to the page it was on, and are told that nothing was changed.
 */
export function toLogin({ request, t, link }: PageCall): Page | Redirect {
  const isForm = request.method !== 'GET';
  const wanted = isForm ? cameFrom(request) : request.originalUrl;
  const redirect = link(loginPath(wanted, isForm));
  if (request.get('hx-request') !== 'true') return { redirect };
  // htmx asked for a part of the page, where a login form would be out of place: have it go there.
  const { title } = t.dashboard.login;
  const data = { heading: title, text: title };
  return { template: 'dashboard/notice', title, data, headers: { 'HX-Redirect': redirect } };
}

/** As `toLogin`, for a file: afterwards they get back to the page that links to it. */
export function loginBeforeFile(request: Request): string {
  return loginPath(cameFrom(request), false);
}

/** The page to go to after signing in: one of our dashboard, whatever was sent. */
export function safeNext(next: unknown): string {
  return toOurs(next) ?? PREFIX;
}

/** The page of ours that a form was on; else the first one. */
export function pageBefore(request: Request): string {
  return safeNext(cameFrom(request));
}

function loginPath(wanted: string | null, lost: boolean): string {
  return signInPath(LOGIN, toOurs(wanted), lost);
}

/** A path of our dashboard; null: it leads elsewhere, or to where people sign in. */
function toOurs(path: unknown): string | null {
  return ownPath(path, [PREFIX], LOGIN, CODE);
}
