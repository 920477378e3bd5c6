import type { Context } from '../../context';
import { readUserAgent } from '../../lib/user-agent';
import { type Account, sessionsOf } from './account';

/** One of somebody's sessions; not the secret that opens it. */
export interface SessionView {
  session_id: string;
  /** What its browser and system are called; null: unknown. */
  browser: string | null;
  system: string | null;
  /** Where it was last seen; null: in an earlier release. */
  ip: string | null;
  /** Times in ISO 8601, the second to the minute. */
  created_at: string;
  last_seen_at: string;
  /** Whether it is the one that asks. */
  current: boolean;
}

/**
 * The sessions of an account, the current one first, at most 100.
 * @param current id of the one that asks; null: none
 */
export async function listSessions({
  ctx,
  account,
  current,
}: {
  ctx: Context;
  account: Account;
  current: string | null;
}): Promise<SessionView[]> {
  const found = await sessionsOf({ ctx, account }).listOf(account.id, ctx.now());
  return found
    .map(({ _id, user_agent, ip, created_at, last_seen_at }) => ({
      session_id: _id,
      ...readUserAgent(user_agent ?? ''),
      ip: ip ?? null,
      created_at: created_at.toISOString(),
      last_seen_at: last_seen_at.toISOString(),
      current: _id === current,
    }))
    .sort((a, b) => Number(b.current) - Number(a.current));
}
