import type { Context } from '../../context';
import type { FlaggedBy } from '../../store/certificate-revoking';
import type { Revocation } from '../../store/revocations';
import { namedAlike, type NamedAlike, revocationEntry } from './revocation-entry';

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
  const namedBy = await findNamed(ctx, revocations);
  const entries = revocations.flatMap((revocation) =>
    (namedBy.get(revocation._id) ?? []).map((alike) =>
      revocationEntry(revocation, 0, alike.ids, alike.isLast),
    ),
  );
  await ctx.store.audit.appendMany(entries);
  await ctx.reach('revocation.entry_written');
  await ctx.reach('revocation.audited');
  const fewer = revocations.flatMap(({ _id, certificate_ids }) => {
    const own = (namedBy.get(_id) ?? []).flatMap((alike) => alike.ids);
    return own.length < certificate_ids.length ? [[_id, own] as const] : [];
  });
  await ctx.store.revocations.completeMany(ids, new Map(fewer), ctx.now());
  await ctx.reach('revocation.completed');
  return entries.reduce((sum, { certificates }) => sum + certificates.length, 0);
}

/**
 * What each revoked or opted out of channels; it is read only for those that are not known to name
 * exactly that, and for channels, of which it may have been the last.
 */
async function findNamed(
  ctx: Context,
  revocations: Revocation[],
): Promise<Map<string, NamedAlike[]>> {
  const isKnown = ({ exact, channels }: Revocation) => exact && !channels;
  const unknown = revocations.filter((one) => !isKnown(one)).map(({ _id }) => _id);
  const read = () =>
    ctx.store.transaction((session) => ctx.store.certificates.revokedByAny(unknown, session));
  const flagged = unknown.length > 0 ? await read() : [];
  const flaggedBy = new Map(unknown.map((id) => [id, [] as FlaggedBy[]]));
  for (const one of flagged) flaggedBy.get(one.revocation_id)?.push(one);
  return new Map(
    revocations.map((one) => {
      const known = [{ ids: [...one.certificate_ids].sort(), isLast: false }];
      return [one._id, isKnown(one) ? known : namedAlike(flaggedBy.get(one._id) ?? [], one)];
    }),
  );
}
