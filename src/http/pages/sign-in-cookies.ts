import type { Request, Response } from 'express';
import type { Config } from '../../config';
import { DEVICE_KNOWN_MS } from '../../core/users/known-device';
import { cookieName, cookieOptions, readCookie } from './cookies';

const SECRET = /^[\w-]{1,200}$/;
/** Of what is sealed: the mark of a browser, or a sign-in that waits for a code. */
export const SEALED = /^[\w-]{1,1000}$/;

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
}

/**
 * Makes them.
 * @param session name of the session's cookie
 * @param device name of the cookie with the mark of the browser
 * @param path below which they are sent
 * @param sessionMs after which the browser forgets a session
 */
export function signInCookies({
  session,
  device,
  path,
  sessionMs,
}: {
  session: string;
  device: string;
  path: string;
  sessionMs: number;
}): SignInCookies {
  const give = (name: string, maxAge: number) => (response: Response, value: string, c: Config) => {
    response.cookie(cookieName(name, c), value, { ...cookieOptions(response, c, path), maxAge });
  };
  return {
    sessionSecret: (request, config) => readCookie(request, cookieName(session, config), SECRET),
    deviceMark: (request, config) => readCookie(request, cookieName(device, config), SEALED),
    giveSession: give(session, sessionMs),
    dropSession: (response, config) => {
      response.clearCookie(cookieName(session, config), cookieOptions(response, config, path));
    },
    giveDevice: give(device, DEVICE_KNOWN_MS),
  };
}
