import { actorName } from '../audit/actor-name';
import type { Context } from '../../context';
import { distinct } from '../../lib/distinct';
import type { LedgerEntry, LedgerKind } from '../../store/ledger';
import type { PageRequest } from '../../store/paging';

/** A movement of money as it goes over the wire. */
export interface LedgerEntryView {
  entry_id: string;
  /** ISO 8601. */
  at: string;
  kind: LedgerKind;
  /** Signed µUSD: top-ups above zero, charges below. */
  amount_microusd: number;
  certificate_id: string | null;
  /** `token:tok_…`, `property:ppt_…` or `operator`. */
  actor: string;
  ip: string | null;
}

/**
 * A page of a company's ledger, newest first.
 * @throws AppError invalid_request naming `cursor`
 */
export async function listEntries({
  ctx,
  companyId,
  ...page
}: { ctx: Context; companyId: string } & PageRequest): Promise<{
  entries: LedgerEntryView[];
  next_cursor: string | null;
}> {
  const { items, next_cursor } = await ctx.store.ledger.list(companyId, page);
  const refs = items.flatMap(({ certificate_ref }) => certificate_ref ?? []);
  const ids = await ctx.store.certificates.idsByLedgerRef(distinct(refs));
  return { entries: items.map((entry) => toView(entry, ids)), next_cursor };
}

function toView(entry: LedgerEntry, ids: ReadonlyMap<string, string>): LedgerEntryView {
  return {
    entry_id: entry.id,
    at: entry.at.toISOString(),
    kind: entry.kind,
    amount_microusd: entry.amount_microusd,
    certificate_id: entry.certificate_id ?? ids.get(entry.certificate_ref ?? '') ?? null,
    actor: actorName(entry.actor),
    ip: entry.ip,
  };
}
