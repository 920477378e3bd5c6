import type { Context } from '../../context';
import type { AuditEntry, AuditFilter } from '../../store/audit-entries';
import type { PageRequest } from '../../store/paging';
import { actorName } from './actor-name';

export type { AuditFilter };

/** An entry of the audit log as it goes over the wire. */
export interface AuditEntryView {
  entry_id: string;
  /** ISO 8601. */
  at: string;
  action: string;
  method: string | null;
  /** `token:tok_…`, `property:ppt_…`, `operator`, `consumer` or `system`. */
  actor: string;
  reason: string | null;
  certificates: string[];
  /** Only where there are any. */
  consents?: string[];
  ip: string | null;
}

/**
 * A page of a company's audit log, newest first; `query.from` is inclusive, `query.to` exclusive.
 * @throws AppError invalid_request naming `cursor`
 */
export async function listAudit({
  ctx,
  companyId,
  query,
}: {
  ctx: Context;
  companyId: string;
  query: AuditFilter & PageRequest;
}): Promise<{ entries: AuditEntryView[]; next_cursor: string | null }> {
  const { items, next_cursor } = await ctx.store.audit.list(companyId, query, query);
  return { entries: items.map(toView), next_cursor };
}

function toView(entry: AuditEntry): AuditEntryView {
  return {
    entry_id: entry._id,
    at: entry.at.toISOString(),
    action: entry.action,
    method: entry.method,
    actor: actorName(entry.actor),
    reason: entry.reason,
    certificates: entry.certificates,
    ...(entry.consents && { consents: entry.consents }),
    ip: entry.ip,
  };
}
