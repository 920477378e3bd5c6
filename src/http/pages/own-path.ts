import type { Request } from 'express';

/** Only used to resolve paths. */
const BASE = 'http://pages.invalid';

/**
 * A path of ours as browsers resolve it, below one of the prefixes; null: it leads elsewhere.
 * @param except paths that do not count, such as that of the sign-in page
 */
export function ownPath(
  given: unknown,
  prefixes: readonly string[],
  ...except: string[]
): string | null {
  if (typeof given !== 'string' || !URL.canParse(given, BASE)) return null;
  const { origin, pathname, search } = new URL(given, BASE);
  const isBelow = (prefix: string) => pathname === prefix || pathname.startsWith(`${prefix}/`);
  const isOurs = origin === BASE && !except.includes(pathname) && prefixes.some(isBelow);
  return isOurs ? pathname + search : null;
}

/** The path of the page that a request came from, as the browser says; null: it does not. */
export function cameFrom(request: Request): string | null {
  const referrer = request.get('referer') ?? '';
  if (!URL.canParse(referrer)) return null;
  const { pathname, search } = new URL(referrer);
  return pathname + search;
}

/**
 * The path of a sign-in page.
 * @param next where to go from there; null: to the first page
 * @param lost whether a form was sent, and is to be said to have changed nothing
 */
export function signInPath(login: string, next: string | null, lost: boolean): string {
  const query = new URLSearchParams({ ...(next !== null && { next }), ...(lost && { lost: '1' }) });
  return query.size === 0 ? login : `${login}?${query.toString()}`;
}
