import type { CookieOptions, Request, Response } from 'express';
import type { Config } from '../../config';

/**
 * The name of a cookie: in production with the prefix by which browsers take it over https only, so
 * that no page that is served in the clear can put another in its place. (`__Host-` would want the
 * path `/`.)
 */
export function cookieName(cookie: string, { production }: Config): string {
  return production ? `__Secure-${cookie}` : cookie;
}

/** The value of a cookie that has the expected form, if any. */
export function readCookie(request: Request, name: string, form: RegExp): string | undefined {
  const parts = (request.get('cookie') ?? '').split(';').map((part) => part.trim());
  const value = parts.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
  return value !== undefined && form.test(value) ? value : undefined;
}

/** Out of reach of scripts and other sites, and sent below one path only. */
export function cookieOptions(
  { req }: Response,
  { publicUrl }: Config,
  path: string,
): CookieOptions {
  const secure = req.secure || publicUrl?.startsWith('https:') === true;
  return { httpOnly: true, sameSite: 'lax', secure, path };
}
