import type { Context } from '../../context';
import type { AuditEntry } from '../../store/audit-entries';
import type { Revocation } from '../../store/revocations';
import { assertFitsEntry, MAX_IDS_PER_ENTRY } from '../audit/assert-fits-entry';
import { flagCertificates } from './flag-revocation';

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
  await writeEntries(ctx, revocation);
  await ctx.reach('revocation.audited');
  const completed = await ctx.store.revocations.advance(revocationId, ['flagged', 'batched'], {
    state: 'completed',
    completed_at: new Date(),
  });
  await ctx.reach('revocation.completed');
  return completed ? 'done' : 'already_done';
}

/** Names each certificate that the request revoked in exactly one entry, page by page in id order. */
async function writeEntries(ctx: Context, revocation: Revocation): Promise<void> {
  let after = '';
  for (let page = 0; ; page++) {
    const ids = await ctx.store.transaction((session) =>
      ctx.store.certificates.idsRevokedBy(
        revocation._id,
        after,
        MAX_CERTIFICATES_PER_ENTRY,
        session,
      ),
    );
    if (ids.length === 0) return;
    const entry = await ctx.store.audit.appendOnce(revocationEntry(revocation, page, ids));
    await ctx.reach('revocation.entry_written');
    // Continue after the stored entry, not ours: a clean-up in between may have shifted the pages.
    after = entry.certificates.at(-1) ?? after;
  }
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
