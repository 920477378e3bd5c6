import type { Context } from '../../context';
import { REMOVED_PREFIX } from '../../store/renaming';

const CERTIFICATE = 'removed-certificate';
const SESSION = 'removed-session';

/** A session of a company, as the company named it. */
export interface SessionName {
  ctx: Context;
  companyId: string;
  sessionId: string;
}

/** What takes the place of a certificate's id once a clean-up has removed the certificate. */
export function removedId({ ctx, id }: { ctx: Context; id: string }): string {
  return REMOVED_PREFIX + ctx.identifiers.current(CERTIFICATE, id);
}

/** What may have taken the place of a certificate's id: one for every key in use. */
export function removedIds({ ctx, id }: { ctx: Context; id: string }): string[] {
  return ctx.identifiers.all(CERTIFICATE, id).map((hash) => REMOVED_PREFIX + hash);
}

/** What takes the place of a session's id; that of another company is another. */
export function removedSession({ ctx, companyId, sessionId }: SessionName): string {
  return REMOVED_PREFIX + ctx.identifiers.current(SESSION, JSON.stringify([companyId, sessionId]));
}

/** What may have taken the place of a session's id: one for every key in use. */
export function removedSessions({ ctx, companyId, sessionId }: SessionName): string[] {
  const name = JSON.stringify([companyId, sessionId]);
  return ctx.identifiers.all(SESSION, name).map((hash) => REMOVED_PREFIX + hash);
}

/**
 * Finds a certificate by an id, and only if there is none what a clean-up left of it. In this order
 * nothing is missed, as an id is replaced once and for all.
 * @param removed gives what may have taken the place of the id
 */
export async function findOrRemoved<Found extends { opt_out: { revoke: boolean } }>({
  id,
  removed,
  find,
}: {
  id: string;
  removed: (id: string) => string[];
  find: (id: string) => Promise<Found | null>;
}): Promise<Found | null> {
  const found = await find(id);
  if (found) return found;
  let left: Found | null = null;
  for (const replaced of removed(id)) {
    const one = await find(replaced);
    // A replay under another key can have left two: what is revoked counts.
    if (one && !left?.opt_out.revoke) left = one;
  }
  return left;
}

/** The same for many certificates at once: by the id that was asked for. */
export async function findAllOrRemoved<
  Found extends { _id: string; opt_out: { revoke: boolean } },
>({
  ctx,
  ids,
  find,
}: {
  ctx: Context;
  ids: string[];
  find: (ids: string[]) => Promise<Found[]>;
}): Promise<Map<string, Found>> {
  const found = new Map((await find(ids)).map((one) => [one._id, one]));
  const missing = ids.filter((id) => !found.has(id));
  if (missing.length === 0) return found;
  const asked = new Map(missing.flatMap((id) => removedIds({ ctx, id }).map((to) => [to, id])));
  for (const one of await find([...asked.keys()])) {
    const id = asked.get(one._id) ?? '';
    if (!found.get(id)?.opt_out.revoke) found.set(id, one);
  }
  return found;
}
