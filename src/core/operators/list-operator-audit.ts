import type { Context } from '../../context';
import { distinct } from '../../lib/distinct';
import type { Actor } from '../../store/actor';
import {
  type AuditAction,
  COMPANY_ACTIONS,
  OPERATORS_ACTIONS,
  type OperatorsAction,
} from '../../store/audit-actions';
import type { AuditEntry } from '../../store/audit-entries';
import type { PageRequest } from '../../store/paging';
import { actorName, actorNamed } from '../audit/actor-name';
import { OPERATOR_LOG } from '../audit/operator-log';

export type { OperatorsAction };

/** Everything that an entry of the operators' log may say happened: there, or at a company. */
export const AUDIT_ACTIONS = [...COMPANY_ACTIONS, ...OPERATORS_ACTIONS] as const;

/** What stands where an operator's name would, of what was done by the operator token. */
export const TOKEN_ACTOR = 'operator token';

/** Which entries to list: those that meet every condition given. */
export interface OperatorAuditFilter {
  action?: AuditAction | undefined;
  /** As `actorName` gives it; `operator` for the operator token. */
  actor?: string | undefined;
  company_id?: string | undefined;
  /** Inclusive. */
  from?: Date | undefined;
  /** Exclusive. */
  to?: Date | undefined;
}

/** An entry of the operators' audit as it goes over the wire. */
export interface OperatorEntryView {
  entry_id: string;
  /** ISO 8601. */
  at: string;
  /** For example `company.created`, `queue.paused`, `operator.invited`. */
  action: AuditAction;
  /** `operator:opr_…`, `operator` for the operator token, or `system`. */
  actor: string;
  /** The operator's email, also for five years after they were removed; "operator token". */
  actor_name: string;
  /** Whose settings, money or work it was about; null: nobody's. */
  company_id: string | null;
  reason: string | null;
  certificates: string[];
  ip: string | null;
}

/**
 * A page of what operators changed, newest first.
 * @throws AppError search_too_long; invalid_request naming `cursor`
 */
export async function listOperatorAudit({
  ctx,
  query,
}: {
  ctx: Context;
  query: OperatorAuditFilter & PageRequest;
}): Promise<{ entries: OperatorEntryView[]; next_cursor: string | null }> {
  const { action, actor, company_id: about_company_id, from, to } = query;
  const by = actor === undefined ? undefined : actorNamed(actor);
  const filter = { action, actor: by, about_company_id, from, to };
  const { items, next_cursor } = await ctx.store.audit.list(OPERATOR_LOG, filter, query);
  const [nameOf, originals] = await Promise.all([namesIn(ctx, items), originalsOf(ctx, items)]);
  const entries = items.map((entry) => {
    const original = originals.get(entry.about?.entry_id ?? '') ?? entry;
    return toView(entry, original, nameOf);
  });
  return { entries, next_cursor };
}

/** All that have ever been operators, to filter by. */
export async function listOperatorNames({
  ctx,
}: {
  ctx: Context;
}): Promise<{ actor: string; name: string }[]> {
  const everybody = await ctx.store.operators.everybody();
  return everybody.map(({ _id: id, email }) => ({
    actor: actorName({ type: 'operator', id }),
    name: email,
  }));
}

/** The ids of operators, in the reasons of entries that are about one. */
const OPERATOR_IDS = /opr_[\w-]{22}/g;

/** Names an operator by their id; undefined: they were removed long ago. */
type NameOf = (id: string) => string | undefined;

async function namesIn(ctx: Context, entries: AuditEntry[]): Promise<NameOf> {
  const ids = distinct(
    entries.flatMap(({ actor, reason }) => [
      ...(actor.id === null ? [] : [actor.id]),
      ...(reason?.match(OPERATOR_IDS) ?? []),
    ]),
  );
  const found = ids.length === 0 ? [] : await ctx.store.operators.names(ids);
  const names = new Map(found.map(({ _id, email }) => [_id, email]));
  return (id) => names.get(id);
}

/** The entries of the companies' logs, which say more. */
async function originalsOf(ctx: Context, entries: AuditEntry[]): Promise<Map<string, AuditEntry>> {
  const ids = entries.flatMap(({ about }) => about?.entry_id ?? []);
  const found = ids.length === 0 ? [] : await ctx.store.audit.findMany(ids);
  return new Map(found.map((entry) => [entry._id, entry]));
}

function toView(entry: AuditEntry, original: AuditEntry, nameOf: NameOf): OperatorEntryView {
  const { actor, about } = entry;
  const { reason, certificates } = original;
  return {
    entry_id: entry._id,
    at: entry.at.toISOString(),
    action: entry.action,
    actor: actorName(actor),
    actor_name: called(actor, nameOf),
    company_id: about?.company_id ?? null,
    // What was typed at a company may look like anything: it stays as it is.
    reason: about ? reason : (reason?.replace(OPERATOR_IDS, (id) => nameOf(id) ?? id) ?? null),
    certificates,
    ip: entry.ip,
  };
}

function called(actor: Actor, nameOf: NameOf): string {
  if (actor.type === 'operator' && actor.id === null) return TOKEN_ACTOR;
  return nameOf(actor.id ?? '') ?? actorName(actor);
}
