import { stringify } from 'csv-stringify/sync';
import { type AuditEntryView, type AuditFilter, listAudit } from './list-audit';
import { actorsIn, type ActorWords, nameActors, type NameOf, nameReason } from './name-actors';
import type { Context } from '../../context';
import { inert } from '../../lib/csv-cells';

const PAGE_ENTRIES = 200;
const HEADER = 'at,action,method,actor,reason,certificates,ip,entry_id,actor_id\n';

/** A company's audit log as CSV, newest first, a page at a time; no cell can start a formula. */
export async function* auditCsv({
  ctx,
  companyId,
  filter,
  words,
  gone,
}: {
  ctx: Context;
  companyId: string;
  filter: AuditFilter;
  /** By which actors are named, as on the page. */
  words: ActorWords;
  /** Aborted when the reader has gone. */
  gone: AbortSignal;
}): AsyncGenerator<string, void> {
  yield HEADER;
  let cursor: string | undefined;
  do {
    const page: Awaited<ReturnType<typeof listAudit>> = await listAudit({
      ctx,
      companyId,
      query: { ...filter, limit: PAGE_ENTRIES, cursor },
    });
    if (page.entries.length > 0) {
      const nameOf = await nameActors({ ctx, companyId, words, actors: actorsIn(page.entries) });
      yield stringify(page.entries.map((entry) => cells(entry, nameOf)));
    }
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined && !gone.aborted);
}

function cells(entry: AuditEntryView, nameOf: NameOf): string[] {
  const { at, action, method, actor, certificates, consents = [], ip, entry_id } = entry;
  const named = [...certificates, ...consents].join(' ');
  const reason = nameReason(entry, nameOf);
  const who = nameOf(actor);
  return [at, action, method ?? '', who, reason, named, ip ?? '', entry_id, actor].map(inert);
}
