import type { Request, Response } from 'express';
import type { Config } from '../../config';
import { cameFrom, ownPath, signInPath } from '../pages/own-path';
import { deviceMark, sessionSecret } from './cookie';
import { LOGIN, QUEUE_BOARD_PATH } from './paths';

const HOME = '/operator/pages';

/**
 * Whether somebody has signed in by the page in this browser. Any other is asked for HTTP Basic, which
 * browsers send only when they are.
 */
export function knowsSignIn(request: Request, config: Config): boolean {
  const mark = sessionSecret(request, config) ?? deviceMark(request, config);
  return mark !== undefined || request.get('hx-request') === 'true';
}

/**
 * Leads a browser to the sign-in page, and from there to where it was going. A form is not sent again:
 * they get back to the page it was on, and are told that nothing was changed.
 */
export function sendToSignIn(request: Request, response: Response): void {
  const isForm = request.method !== 'GET' && request.method !== 'HEAD';
  const next = toOurs(isForm ? cameFrom(request) : request.originalUrl);
  const to = signInPath(LOGIN, next, isForm);
  // htmx asked for a part of a page, where a sign-in form would be out of place.
  if (request.get('hx-request') === 'true') response.set('HX-Redirect', to).sendStatus(200);
  else response.redirect(303, to);
}

/** The page to go to after signing in: one of the operator's, whatever was sent. */
export function safeNext(next: unknown): string {
  return toOurs(next) ?? HOME;
}

/** The page of ours that a form was on; else the first one. */
export function pageBefore(request: Request): string {
  return safeNext(cameFrom(request));
}

function toOurs(path: unknown): string | null {
  return ownPath(path, [HOME, QUEUE_BOARD_PATH], LOGIN);
}
