import type { Request, Response } from 'express';
import type { Config } from '../../config';
import { DEVICE_KNOWN_MS } from '../../core/users/known-device';
import { SESSION_MAX_MS } from '../../core/users/session';

const SESSION = 'rescind_session';
const DEVICE = 'rescind_device';
const SECRET = /^[\w-]{1,200}$/;
const MARK = /^[\w-]{1,1000}$/;

/**
 * In production with the prefix by which browsers take the cookie over https only: no page that is
 * served in the clear can put another session in its place. (`__Host-` would want the path `/`.)
 */
function nameOf(cookie: string, { production }: Config): string {
  return production ? `__Secure-${cookie}` : cookie;
}

/** The session secret in the browser's cookie, if any. */
export function sessionSecret(request: Request, config: Config): string | undefined {
  return cookie(request, nameOf(SESSION, config), SECRET);
}

/** The mark of a browser in which somebody has signed in before, if any. */
export function deviceMark(request: Request, config: Config): string | undefined {
  return cookie(request, nameOf(DEVICE, config), MARK);
}

function cookie(request: Request, name: string, form: RegExp): string | undefined {
  const parts = (request.get('cookie') ?? '').split(';').map((part) => part.trim());
  const value = parts.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
  return value !== undefined && form.test(value) ? value : undefined;
}

/** Marks the browser: signing out does not clear this, as it opens nothing. */
export function giveDevice(response: Response, mark: string, config: Config): void {
  const maxAge = DEVICE_KNOWN_MS;
  response.cookie(nameOf(DEVICE, config), mark, { ...options(response, config), maxAge });
}

/** Sets the session cookie: sent to the dashboard only, out of reach of scripts and other sites. */
export function giveSession(response: Response, secret: string, config: Config): void {
  response.cookie(nameOf(SESSION, config), secret, {
    ...options(response, config),
    maxAge: SESSION_MAX_MS,
  });
}

/** Clears the session cookie. */
export function dropSession(response: Response, config: Config): void {
  response.clearCookie(nameOf(SESSION, config), options(response, config));
}

function options({ req }: Response, { publicUrl }: Config) {
  const secure = req.secure || publicUrl?.startsWith('https:') === true;
  return { httpOnly: true, sameSite: 'lax', secure, path: '/dashboard' } as const;
}
