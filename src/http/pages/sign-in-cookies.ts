import type { Request, Response } from 'express';
import type { Config } from '../../config';
import { CODE_AWAITED_MS } from '../../core/accounts/await-code';
import { DEVICE_KNOWN_MS } from '../../core/accounts/known-device';
import { cookieName, cookieOptions, readCookie } from './cookies';

const SECRET = /^[\w-]{1,200}$/;
/** Of what is sealed: the mark of a browser, or a sign-in that waits for a code. */
const SEALED = /^[\w-]{1,1000}$/;

/** The cookies of those who sign in by a page. */
export interface SignInCookies {
  /** The session secret in the browser's cookie, if any. */
  sessionSecret: (request: Request, config: Config) => string | undefined;
  /** The mark of a browser in which somebody has signed in before, if any. */
  deviceMark: (request: Request, config: Config) => string | undefined;
  /** Sets the session cookie: out of reach of scripts and other sites. */
  giveSession: (response: Response, secret: string, config: Config) => void;
  /** Clears the session cookie. */
  dropSession: (response: Response, config: Config) => void;
  /** Marks the browser: signing out does not clear this, as it opens nothing. */
  giveDevice: (response: Response, mark: string, config: Config) => void;
  /** The sign-in of this browser that waits for a code, if any. */
  pendingSignIn: (request: Request, config: Config) => string | undefined;
  /** Has the browser keep a sign-in that waits for a code; it goes to where people sign in only. */
  givePending: (response: Response, pending: string, config: Config) => void;
  /** Clears it. */
  dropPending: (response: Response, config: Config) => void;
}

/**
 * Makes them.
 * @param session name of the session's cookie
 * @param device name of the cookie with the mark of the browser
 * @param pending name of the cookie with a sign-in that waits for a code
 * @param path below which they are sent
 * @param login where people sign in
 * @param sessionMs after which the browser forgets a session
 */
export function signInCookies({
  session,
  device,
  pending,
  path,
  login,
  sessionMs,
}: {
  session: string;
  device: string;
  pending: string;
  path: string;
  login: string;
  sessionMs: number;
}): SignInCookies {
  const give =
    (name: string, maxAge: number, at = path) =>
    (response: Response, value: string, c: Config) => {
      response.cookie(cookieName(name, c), value, { ...cookieOptions(response, c, at), maxAge });
    };
  const drop =
    (name: string, at = path) =>
    (response: Response, c: Config) => {
      response.clearCookie(cookieName(name, c), cookieOptions(response, c, at));
    };
  return {
    sessionSecret: (request, config) => readCookie(request, cookieName(session, config), SECRET),
    deviceMark: (request, config) => readCookie(request, cookieName(device, config), SEALED),
    giveSession: give(session, sessionMs),
    dropSession: drop(session),
    giveDevice: give(device, DEVICE_KNOWN_MS),
    pendingSignIn: (request, config) => readCookie(request, cookieName(pending, config), SEALED),
    givePending: give(pending, CODE_AWAITED_MS, login),
    dropPending: drop(pending, login),
  };
}
