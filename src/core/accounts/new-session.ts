import type { Context } from '../../context';
import { hashSecret } from '../../lib/random-ids';
import type { AccountSession } from '../../store/account-sessions';
import { endOfIdle } from './session-life';

const USER_AGENT_MAX_CHARACTERS = 300;

/** Where somebody signs in. */
export interface Origin {
  ip: string;
  /** As the browser names itself. */
  userAgent?: string | null | undefined;
}

/** Where somebody signs in, and what their browser has brought along. */
export interface Arrival extends Origin {
  /** Of the browser's previous session. */
  previousSecret?: string | undefined;
  /** Mark of the browser, see `markDevice`. */
  device?: string | undefined;
}

/** A session that begins now: all of it but whose it is. */
export function newSession({
  ctx,
  secret,
  from: { ip, userAgent },
}: {
  ctx: Context;
  secret: string;
  from: Origin;
}): AccountSession {
  const now = ctx.now();
  return {
    _id: hashSecret(secret),
    created_at: now,
    last_seen_at: now,
    confirmed_at: now,
    ip,
    user_agent: userAgent?.slice(0, USER_AGENT_MAX_CHARACTERS) ?? null,
    expires_at: endOfIdle(now),
  };
}

/** Of a session that is resumed, what its person's requests need. */
export interface CurrentSession {
  session_id: string;
  /** When the password was last given. */
  confirmed_at: Date;
  user_agent: string | null;
}

/** Translates a stored session; one from an earlier release was confirmed when it began. */
export function currentSession(session: AccountSession): CurrentSession {
  const { _id: session_id, created_at, confirmed_at = created_at, user_agent = null } = session;
  return { session_id, confirmed_at, user_agent };
}
