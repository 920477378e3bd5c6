import type { Context } from '../../context';
import type { Revocation } from '../../store/revocations';
import { revocationEntry } from './revocation-entry';

/**
 * Does what `finishRevocation` does after the flags, one step at a time for all of them together.
 * @param revocations whose flags are all set, and which name at most 1,000 certificates each
 * @returns how many certificates they revoked
 */
export async function finishFlagged({
  ctx,
  revocations,
}: {
  ctx: Context;
  revocations: Revocation[];
}): Promise<number> {
  const ids = revocations.map(({ _id }) => _id);
  const certificatesOf = await findCertificates(ctx, revocations);
  const entries = revocations.flatMap((revocation) => {
    const certificates = certificatesOf.get(revocation._id) ?? [];
    return certificates.length > 0 ? [revocationEntry(revocation, 0, certificates.sort())] : [];
  });
  await ctx.store.audit.appendMany(entries);
  await ctx.reach('revocation.entry_written');
  await ctx.reach('revocation.audited');
  const fewer = revocations.flatMap(({ _id, certificate_ids }) => {
    const own = certificatesOf.get(_id) ?? [];
    return own.length < certificate_ids.length ? [[_id, own] as const] : [];
  });
  await ctx.store.revocations.completeMany(ids, new Map(fewer), ctx.now());
  await ctx.reach('revocation.completed');
  return [...certificatesOf.values()].reduce((sum, { length }) => sum + length, 0);
}

/** What each revoked; it is read only for those that are not known to name exactly that. */
async function findCertificates(
  ctx: Context,
  revocations: Revocation[],
): Promise<Map<string, string[]>> {
  const certificatesOf = new Map(
    revocations.map(({ _id, exact, certificate_ids }) => [_id, exact ? [...certificate_ids] : []]),
  );
  const unknown = revocations.filter(({ exact }) => !exact).map(({ _id }) => _id);
  if (unknown.length === 0) return certificatesOf;
  const revoked = await ctx.store.transaction((session) =>
    ctx.store.certificates.revokedByAny(unknown, session),
  );
  for (const { _id, revocation_id } of revoked) certificatesOf.get(revocation_id)?.push(_id);
  return certificatesOf;
}
