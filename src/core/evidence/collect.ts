import type { Context } from '../../context';
import { pause } from '../../lib/pause';
import type { AuditAction } from '../../store/audit-actions';
import type { AuditEntry } from '../../store/audit-entries';
import type { Certificate } from '../../store/certificates';
import type { LogHead } from '../../store/proof-log';
import type { Recording } from '../../store/recordings';
import { requireCompany } from '../companies/require-company';
import { listLogKeys } from '../proof/read-log';

/** By which consent is given and withdrawn. */
const PROVEN: AuditAction[] = [
  'certificate.created',
  'certificate.channels_revoked',
  'certificate.revoked',
];
const ENTRIES_PER_PAGE = 200;
/** Of each kind; a certificate has one of the first and the last. */
const MAX_ENTRIES = 1_000;
const LOOK_AGAIN_MS = 200;
/** What was recorded is published within two seconds, unless that has stopped. */
const PATIENCE_MS = 10_000;

/** What there is of a certificate, as of one moment. */
export interface Collected {
  company: { company_id: string; name: string };
  certificate: Certificate;
  recording: Recording | null;
  /** Oldest first. */
  entries: AuditEntry[];
  /** The logs as they were read once, so that all receipts have the same checkpoint. */
  heads: LogHead[];
  /** Verifier keys. */
  keys: string[];
  asOf: Date;
}

/**
 * Reads what there is of a certificate, once the log covers it; all but its checks, which may be many.
 * @returns null when it has been removed
 */
export async function collect({
  ctx,
  companyId,
  certificateId,
  signal,
}: {
  ctx: Context;
  companyId: string;
  certificateId: string;
  signal: AbortSignal;
}): Promise<Collected | null> {
  const { certificates, proofLog, recordings } = ctx.store;
  const asOf = ctx.now();
  await waitForLog(ctx, asOf, signal);
  const [company, certificate, recording] = await Promise.all([
    requireCompany({ ctx, companyId }),
    certificates.find(companyId, certificateId),
    recordings.find(certificateId),
  ]);
  if (!certificate || certificate.data === 'removed') return null;
  const found = await Promise.all(PROVEN.map((action) => entriesOf(ctx, certificate, action)));
  return {
    company: { company_id: companyId, name: company.name },
    certificate,
    recording,
    entries: found.flat().sort((a, b) => a.at.getTime() - b.at.getTime()),
    heads: await proofLog.heads(),
    keys: await listLogKeys({ ctx, region: 'default' }),
    asOf,
  };
}

/** Waits, but not for ever, until what was recorded before a moment is in the published log. */
async function waitForLog(ctx: Context, before: Date, signal: AbortSignal): Promise<void> {
  const { audit, ledgerPages, proofLog } = ctx.store;
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    const waiting = (await audit.waitingSince(before)) ?? (await ledgerPages.waitingSince(before));
    const head = await proofLog.head();
    if (!waiting && head && head.checkpoint_size >= head.size) return;
    // Nothing is appended any more.
    if (head?.stopped_reason) return;
    await pause(LOOK_AGAIN_MS, signal);
  }
}

async function entriesOf(
  ctx: Context,
  { company_id, _id }: Certificate,
  action: AuditAction,
): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  const filter = { certificate_ids: [_id], action };
  let cursor: string | undefined;
  do {
    const page = { limit: ENTRIES_PER_PAGE, cursor };
    const { items, next_cursor } = await ctx.store.audit.list(company_id, filter, page);
    entries.push(...items);
    cursor = next_cursor ?? undefined;
  } while (cursor !== undefined && entries.length < MAX_ENTRIES);
  return entries;
}
