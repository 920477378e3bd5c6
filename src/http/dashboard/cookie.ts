import type { Request, Response } from 'express';
import { SESSION_MAX_MS } from '../../core/users/session';

const NAME = 'rescind_session';
const SECRET = /^[\w-]{1,200}$/;

/** The session secret in the browser's cookie, if any. */
export function sessionSecret(request: Request): string | undefined {
  const parts = (request.get('cookie') ?? '').split(';').map((part) => part.trim());
  const value = parts.find((part) => part.startsWith(`${NAME}=`))?.slice(NAME.length + 1);
  return value !== undefined && SECRET.test(value) ? value : undefined;
}

/** Sets the session cookie: sent to the dashboard only, out of reach of scripts and other sites. */
export function giveSession(response: Response, secret: string, publicUrl: string | null): void {
  response.cookie(NAME, secret, { ...options(response, publicUrl), maxAge: SESSION_MAX_MS });
}

/** Clears the session cookie. */
export function dropSession(response: Response, publicUrl: string | null): void {
  response.clearCookie(NAME, options(response, publicUrl));
}

function options({ req }: Response, publicUrl: string | null) {
  const secure = req.secure || publicUrl?.startsWith('https:') === true;
  return { httpOnly: true, sameSite: 'lax', secure, path: '/dashboard' } as const;
}
