import type { Request, Response } from 'express';
import type { Config } from '../../config';
import { SESSION_MAX_MS } from '../../core/operators/session';
import { DEVICE_KNOWN_MS } from '../../core/users/known-device';
import { cookieName, cookieOptions, readCookie } from '../pages/cookies';

const SESSION = 'rescind_operator';
const DEVICE = 'rescind_operator_device';
const SECRET = /^[\w-]{1,200}$/;
const MARK = /^[\w-]{1,1000}$/;
/** Pages and queue board. */
const PATH = '/operator';

/** The session secret in the browser's cookie, if any. */
export function sessionSecret(request: Request, config: Config): string | undefined {
  return readCookie(request, cookieName(SESSION, config), SECRET);
}

/** The mark of a browser in which an operator has signed in before, if any. */
export function deviceMark(request: Request, config: Config): string | undefined {
  return readCookie(request, cookieName(DEVICE, config), MARK);
}

/** Marks the browser: signing out does not clear this, as it opens nothing. */
export function giveDevice(response: Response, mark: string, config: Config): void {
  const maxAge = DEVICE_KNOWN_MS;
  response.cookie(cookieName(DEVICE, config), mark, { ...options(response, config), maxAge });
}

/** Sets the session cookie: out of reach of scripts and other sites. */
export function giveSession(response: Response, secret: string, config: Config): void {
  const maxAge = SESSION_MAX_MS;
  response.cookie(cookieName(SESSION, config), secret, { ...options(response, config), maxAge });
}

/** Clears the session cookie. */
export function dropSession(response: Response, config: Config): void {
  response.clearCookie(cookieName(SESSION, config), options(response, config));
}

function options(response: Response, config: Config) {
  return cookieOptions(response, config, PATH);
}
