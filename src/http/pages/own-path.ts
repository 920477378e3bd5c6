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
