import type { Request, Response } from 'express';
import type { Config } from '../../config';
import { CODE_AWAITED_MS } from '../../core/users/give-code';
import { SESSION_MAX_MS } from '../../core/users/session-life';
import { cookieName, cookieOptions, readCookie } from '../pages/cookies';
import { SEALED, signInCookies } from '../pages/sign-in-cookies';
import { LOGIN, PREFIX } from './sign-in-first';

const PENDING = 'rescind_pending';

/** Sent to the dashboard only. */
export const { sessionSecret, deviceMark, giveSession, dropSession, giveDevice } = signInCookies({
  session: 'rescind_session',
  device: 'rescind_device',
  path: PREFIX,
  sessionMs: SESSION_MAX_MS,
});

/** The sign-in of this browser that waits for a code, if any. */
export function pendingSignIn(request: Request, config: Config): string | undefined {
  return readCookie(request, cookieName(PENDING, config), SEALED);
}

/** Has the browser keep a sign-in that waits for a code. */
export function givePending(response: Response, pending: string, config: Config): void {
  const maxAge = CODE_AWAITED_MS;
  const name = cookieName(PENDING, config);
  response.cookie(name, pending, { ...cookieOptions(response, config, LOGIN), maxAge });
}

/** Clears it. */
export function dropPending(response: Response, config: Config): void {
  response.clearCookie(cookieName(PENDING, config), cookieOptions(response, config, LOGIN));
}
