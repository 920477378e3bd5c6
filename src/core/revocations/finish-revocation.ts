import type { Context } from '../../context';
import type { AuditEntry } from '../../store/audit-entries';
import type { Revocation } from '../../store/revocations';
import { assertFitsEntry, MAX_IDS_PER_ENTRY } from '../audit/assert-fits-entry';
import { flagCertificates, MAX_CERTIFICATES_PER_REQUEST } from './flag-revocation';

export const MAX_CERTIFICATES_PER_ENTRY = MAX_IDS_PER_ENTRY;

/** `void`: other requests had already revoked every certificate, so there is nothing to record. */
export type Finished = 'done' | 'already_done' | 'gone' | 'void';

/**
 * Finishes a revocation: sets any flags that are still missing, writes the audit entries, then
 * marks it `completed`. Safe to repeat, to interrupt, and to run twice at once.
 */
export async function finishRevocation({
  ctx,
  revocationId,
}: {
  ctx: Context;
  revocationId: string;
}): Promise<Finished> {
  const revocation = await ctx.store.revocations.find(revocationId);
  if (!revocation) return 'gone';
  if (revocation.state === 'completed') return 'already_done';
  const { state } = await flagCertificates({ ctx, revocation });
  if (state === 'void') return 'void';
  const certificate_ids = await writeEntries(ctx, revocation);
  await ctx.reach('revocation.audited');
  const completed = await ctx.store.revocations.advance(revocationId, ['flagged', 'batched'], {
    state: 'completed',
    completed_at: new Date(),
    ...(certificate_ids.length < revocation.certificate_ids.length && { certificate_ids }),
  });
  await ctx.reach('revocation.completed');
  return completed ? 'done' : 'already_done';
}

/**
 * Names each certificate that the request revoked in exactly one entry, page by page.
 * @returns their ids
 */
async function writeEntries(ctx: Context, { _id, ...rest }: Revocation): Promise<string[]> {
  const ids = await ctx.store.transaction((session) =>
    ctx.store.certificates.idsRevokedBy(_id, '', MAX_CERTIFICATES_PER_REQUEST, session),
  );
  let left = ids;
  for (let page = 0; left.length > 0; page++) {
    const next = left.slice(0, MAX_CERTIFICATES_PER_ENTRY);
    const entry = await ctx.store.audit.appendOnce(revocationEntry({ _id, ...rest }, page, next));
    await ctx.reach('revocation.entry_written');
    // What the stored entry names, not ours: an earlier try may have found others, in another order.
    const named = new Set(entry.certificates);
    left = left.filter((id) => !named.has(id));
  }
  return ids;
}

/**
 * The audit entry that names a page of the certificates that a request revoked.
 * @throws RangeError when the page has more than 1,000
 */
export function revocationEntry(
  revocation: Revocation,
  page: number,
  certificates: string[],
): AuditEntry {
  assertFitsEntry(certificates);
  return {
    _id: `${revocation._id}.${String(page)}`,
    company_id: revocation.company_id,
    at: revocation.requested_at,
    action: 'certificate.revoked',
    method: revocation.method,
    actor: revocation.actor,
    reason: revocation.reason,
    certificates,
    ip: revocation.ip,
  };
}
