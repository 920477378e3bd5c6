import type { Context } from '../../context';
import type { AuditEntry, AuditFilter as StoredFilter } from '../../store/audit-entries';
import type { PageRequest } from '../../store/paging';
import { removedIds } from '../identifiers/removed-ids';
import { actorName } from './actor-name';

/** Which entries to list: those that meet every condition given. */
export type AuditFilter = Omit<StoredFilter, 'certificate_ids'> & {
  certificate_id?: string | undefined;
};

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
  const { certificate_id: id, ...rest } = query;
  const certificate_ids = id === undefined ? undefined : [id, ...removedIds({ ctx, id })];
  const filter = { ...rest, certificate_ids };
  const { items, next_cursor } = await ctx.store.audit.list(companyId, filter, query);
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
