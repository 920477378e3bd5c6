import type { Context } from '../../context';
import { type AuditAction, COMPANY_ACTIONS, type CompanyAction } from '../../store/audit-actions';
import type { AuditEntry, AuditFilter as StoredFilter } from '../../store/audit-entries';
import type { PageRequest } from '../../store/paging';
import { removedIds } from '../identifiers/removed-ids';
import { findByReference } from '../references/find-by-reference';
import { normalizeId } from '../identifiers/id';
import { actorName, actorNamed } from './actor-name';

export { type CompanyAction, COMPANY_ACTIONS };

/** Which entries to list: those that meet every condition given. */
export type AuditFilter = Pick<StoredFilter, 'method' | 'from' | 'to'> & {
  action?: CompanyAction | undefined;
  certificate_id?: string | undefined;
  /** A reference number, or the id of a revocation or of a batch. */
  reference?: string | undefined;
  /** As `actorName` gives it; `operator` for all operators. */
  actor?: string | undefined;
};

/** An entry of the audit log as it goes over the wire. */
export interface AuditEntryView {
  entry_id: string;
  /** ISO 8601. */
  at: string;
  action: AuditAction;
  method: string | null;
  /** `token:tok_…`, `property:ppt_…`, `operator`, `operator:opr_…`, `consumer` or `system`. */
  actor: string;
  reason: string | null;
  certificates: string[];
  /** Only where there are any. */
  consents?: string[];
  ip: string | null;
}

/**
 * A page of a company's audit log, newest first; `query.from` is inclusive, `query.to` exclusive.
 * @throws AppError search_too_long; invalid_request naming `cursor`
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
  const { certificate_id: id, reference, actor, action, method, from, to } = query;
  const id_prefixes =
    reference === undefined ? undefined : await entriesOf(ctx, companyId, reference);
  if (id_prefixes?.length === 0) return { entries: [], next_cursor: null };
  const filter: StoredFilter = {
    certificate_ids: id === undefined ? undefined : [id, ...removedIds({ ctx, id })],
    id_prefixes,
    ...byActor(actor),
    action,
    method,
    from,
    to,
  };
  const { items, next_cursor } = await ctx.store.audit.list(companyId, filter, query);
  return { entries: items.map(toView), next_cursor };
}

/** A company need not tell the service's people apart. */
function byActor(actor: string | undefined): Pick<StoredFilter, 'actor' | 'actor_type'> {
  if (actor === undefined) return {};
  return actor === 'operator' ? { actor_type: 'operator' } : { actor: actorNamed(actor) };
}

/** What the ids of the entries begin with that were written for a request. */
async function entriesOf(ctx: Context, companyId: string, text: string): Promise<string[]> {
  // The parts of a batch have ids that begin with its own.
  const id = normalizeId(text);
  if (/^bat_[^.]*$/.test(id)) return [`${id}.`];
  const found = await findByReference({ ctx, companyId, text });
  return [...(found?.revocations ?? []), ...(found?.consents ?? [])].map(({ _id }) => `${_id}.`);
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
