import type { Request, Response } from 'express';
import type { Config } from '../../config';
import { SESSION_MAX_MS } from '../../core/users/session';

const SECRET = /^[\w-]{1,200}$/;

/**
 * In production with the prefix by which browsers take the cookie over https only: no page that is
 * served in the clear can put another session in its place. (`__Host-` would want the path `/`.)
 */
function nameOf({ production }: Config): string {
  return production ? '__Secure-rescind_session' : 'rescind_session';
}

/** The session secret in the browser's cookie, if any. */
export function sessionSecret(request: Request, config: Config): string | undefined {
  const name = nameOf(config);
  const parts = (request.get('cookie') ?? '').split(';').map((part) => part.trim());
  const value = parts.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
  return value !== undefined && SECRET.test(value) ? value : undefined;
}

/** Sets the session cookie: sent to the dashboard only, out of reach of scripts and other sites. */
export function giveSession(response: Response, secret: string, config: Config): void {
  response.cookie(nameOf(config), secret, {
    ...options(response, config),
    maxAge: SESSION_MAX_MS,
  });
}

/** Clears the session cookie. */
export function dropSession(response: Response, config: Config): void {
  response.clearCookie(nameOf(config), options(response, config));
}

function options({ req }: Response, { publicUrl }: Config) {
  const secure = req.secure || publicUrl?.startsWith('https:') === true;
  return { httpOnly: true, sameSite: 'lax', secure, path: '/dashboard' } as const;
}
