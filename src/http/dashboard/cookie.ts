import type { Request, Response } from 'express';
import type { Config } from '../../config';
import { CODE_AWAITED_MS } from '../../core/users/give-code';
import { DEVICE_KNOWN_MS } from '../../core/users/known-device';
import { SESSION_MAX_MS } from '../../core/users/session';
import { cookieName, cookieOptions, readCookie } from '../pages/cookies';
import { LOGIN, PREFIX } from './sign-in-first';

const SESSION = 'rescind_session';
const DEVICE = 'rescind_device';
const PENDING = 'rescind_pending';
const SECRET = /^[\w-]{1,200}$/;
const MARK = /^[\w-]{1,1000}$/;

/** The session secret in the browser's cookie, if any. */
export function sessionSecret(request: Request, config: Config): string | undefined {
  return readCookie(request, cookieName(SESSION, config), SECRET);
}

/** The mark of a browser in which somebody has signed in before, if any. */
export function deviceMark(request: Request, config: Config): string | undefined {
  return readCookie(request, cookieName(DEVICE, config), MARK);
}

/** Marks the browser: signing out does not clear this, as it opens nothing. */
export function giveDevice(response: Response, mark: string, config: Config): void {
  const maxAge = DEVICE_KNOWN_MS;
  response.cookie(cookieName(DEVICE, config), mark, { ...options(response, config), maxAge });
}

/** Sets the session cookie: sent to the dashboard only, out of reach of scripts and other sites. */
export function giveSession(response: Response, secret: string, config: Config): void {
  const maxAge = SESSION_MAX_MS;
  response.cookie(cookieName(SESSION, config), secret, { ...options(response, config), maxAge });
}

/** Clears the session cookie. */
export function dropSession(response: Response, config: Config): void {
  response.clearCookie(cookieName(SESSION, config), options(response, config));
}

/** The sign-in of this browser that waits for a code, if any. */
export function pendingSignIn(request: Request, config: Config): string | undefined {
  return readCookie(request, cookieName(PENDING, config), MARK);
}

/** Has the browser keep a sign-in that waits for a code. */
export function givePending(response: Response, pending: string, config: Config): void {
  const maxAge = CODE_AWAITED_MS;
  const name = cookieName(PENDING, config);
  response.cookie(name, pending, { ...options(response, config, LOGIN), maxAge });
}

/** Clears it. */
export function dropPending(response: Response, config: Config): void {
  response.clearCookie(cookieName(PENDING, config), options(response, config, LOGIN));
}

function options(response: Response, config: Config, path = PREFIX) {
  return cookieOptions(response, config, path);
}
