import type { Context } from '../../context';
import type { Revocation } from '../../store/revocations';
import { flagCertificates } from './flag-revocation';
import { MAX_CERTIFICATES_PER_ENTRY, namedAlike, revocationEntry } from './revocation-entry';

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
  let { certificate_ids } = revocation;
  if (!(revocation.state === 'flagged' && revocation.audited)) {
    const { state } = await flagCertificates({ ctx, revocation });
    if (state === 'void') return 'void';
    certificate_ids = await writeEntries(ctx, revocation);
  }
  await ctx.reach('revocation.audited');
  const completed = await ctx.store.revocations.advance(revocationId, ['flagged', 'batched'], {
    state: 'completed',
    completed_at: ctx.now(),
    ...(certificate_ids.length < revocation.certificate_ids.length && { certificate_ids }),
  });
  await ctx.reach('revocation.completed');
  return completed ? 'done' : 'already_done';
}

/**
 * Names each certificate that the request revoked in exactly one entry, page by page.
 * @returns their ids
 */
async function writeEntries(ctx: Context, revocation: Revocation): Promise<string[]> {
  const flagged = await ctx.store.transaction((session) =>
    ctx.store.certificates.revokedByAny([revocation._id], session),
  );
  const named = namedAlike(flagged, revocation);
  for (const { ids, isLast } of named) {
    let left = ids;
    for (let page = 0; left.length > 0; page++) {
      const next = left.slice(0, MAX_CERTIFICATES_PER_ENTRY);
      const entry = revocationEntry(revocation, page, next, isLast);
      const { certificates } = await ctx.store.audit.appendOnce(entry);
      await ctx.reach('revocation.entry_written');
      // What the stored entry names, not ours: an earlier try may have found others, in another order.
      const written = new Set(certificates);
      left = left.filter((id) => !written.has(id));
    }
  }
  return named.flatMap(({ ids }) => ids);
}
