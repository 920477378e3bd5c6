import type { Context } from '../../context';
import type { PageRequest } from '../../store/paging';
import type { AccessFilter, StoredAccess } from '../../store/security-log';
import { ACCESS_EVENTS, type AccessEvent } from '../../telemetry/access-counts';

export { ACCESS_EVENTS, type AccessEvent, type AccessFilter };

/** A line of the security log as it goes over the wire. */
export interface AccessView {
  entry_id: string;
  /** The start of the hour, ISO 8601. */
  at: string;
  event: AccessEvent;
  /** `token:tok_…`, `property:ppt_…`, `api_key:key_…`, `user:usr_…`; null: none that the company has. */
  credential: string | null;
  ip: string | null;
  count: number;
  /** ISO 8601. */
  last_at: string;
}

/**
 * A page of a company's security log, newest hour first; `query.from` is inclusive, `query.to` exclusive.
 * @throws AppError invalid_request naming `cursor`
 */
export async function listAccess({
  ctx,
  companyId,
  query,
}: {
  ctx: Context;
  companyId: string;
  query: AccessFilter & PageRequest;
}): Promise<{ entries: AccessView[]; next_cursor: string | null }> {
  const { items, next_cursor } = await ctx.store.securityLog.list(companyId, query, query);
  return { entries: items.map(toView), next_cursor };
}

function toView({ _id, at, event, credential, ip, count, last_at }: StoredAccess): AccessView {
  const times = { at: at.toISOString(), last_at: last_at.toISOString() };
  return { entry_id: _id, event, credential, ip, count, ...times };
}
