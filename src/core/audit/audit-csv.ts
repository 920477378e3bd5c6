import { stringify } from 'csv-stringify/sync';
import { type AuditEntryView, type AuditFilter, listAudit } from './list-audit';
import type { Context } from '../../context';
import { inert } from '../../lib/csv-cells';

const PAGE_ENTRIES = 200;
const HEADER = 'at,action,method,actor,reason,certificates,ip,entry_id\n';

/** A company's audit log as CSV, newest first, a page at a time; no cell can start a formula. */
export async function* auditCsv({
  ctx,
  companyId,
  filter,
  gone,
}: {
  ctx: Context;
  companyId: string;
  filter: AuditFilter;
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
    if (page.entries.length > 0) yield stringify(page.entries.map(cells));
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined && !gone.aborted);
}

function cells(entry: AuditEntryView): string[] {
  const { at, action, method, actor, reason, certificates, consents = [], ip, entry_id } = entry;
  const named = [...certificates, ...consents].join(' ');
  return [at, action, method ?? '', actor, reason ?? '', named, ip ?? '', entry_id].map(inert);
}
