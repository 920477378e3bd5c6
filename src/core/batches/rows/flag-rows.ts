import type { Context } from '../../../context';
import { flagsOf } from '../../revocations/new-opt-out';
import { setFlags } from '../../revocations/set-flags';
import type { FlaggedPart } from '../../../store/revocation-advancing';
import type { Revocation } from '../../../store/revocations';
import { type Claim, requestName } from './claims';
import type { OpenedRows } from './open-rows';

/** A part, and what of it this batch revoked. */
export type RevokedPart = FlaggedPart & { ids: string[] };

/** Rows whose flags are set, and what of their claims this batch revoked. */
export interface FlaggedRows extends OpenedRows {
  isRevoked: (claim: Claim) => boolean;
  revokedByPart: RevokedPart[];
}

/** How many certificates the parts revoked, once for each part that did. */
export function countRevoked({ revokedByPart }: FlaggedRows): number {
  return revokedByPart.reduce((sum, { revoked }) => sum + revoked, 0);
}

/** Sets the flags of opened rows on a majority; repeating it changes nothing. */
export async function flagRows({
  ctx,
  opened,
}: {
  ctx: Context;
  opened: OpenedRows;
}): Promise<FlaggedRows> {
  const { parts } = opened;
  const all = await updateFlags(ctx, parts);
  await ctx.reach('batch.flagged');
  if (all) {
    const revokedByPart = parts.map(({ _id, certificate_ids }) => ({
      id: _id,
      ids: certificate_ids,
      revoked: certificate_ids.length,
      all: true,
    }));
    return { ...opened, isRevoked: among(parts), revokedByPart };
  }
  return { ...opened, ...(await findRevoked(ctx, parts)) };
}

/** @returns whether the parts have won all that they name */
async function updateFlags(ctx: Context, parts: Revocation[]): Promise<boolean> {
  const [first] = parts;
  if (!first) return true;
  const { all } = await setFlags({
    ctx,
    companyId: first.company_id,
    groups: parts.map(flagsOf),
  });
  return all;
}

/** Other requests revoked some first, or a process that died had already set flags. */
async function findRevoked(
  ctx: Context,
  parts: Revocation[],
): Promise<Pick<FlaggedRows, 'isRevoked' | 'revokedByPart'>> {
  const ids = parts.map(({ _id }) => _id);
  const found = await ctx.store.transaction((session) =>
    ctx.store.certificates.revokedByAny(ids, session),
  );
  const revokedBy = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const { _id, revocation_id } of found) revokedBy.get(revocation_id)?.push(_id);
  const narrowed = parts.map(({ _id, channels }) => ({
    ...(channels && { channels }),
    certificate_ids: revokedBy.get(_id) ?? [],
  }));
  return {
    isRevoked: among(narrowed),
    revokedByPart: parts.map(({ _id: id, certificate_ids }) => {
      const mine = revokedBy.get(id) ?? [];
      const revoked = mine.length;
      return { id, ids: mine, revoked, all: revoked === certificate_ids.length };
    }),
  };
}

/** Whether one of the parts has what a row claims. */
function among(
  parts: Pick<Revocation, 'channels' | 'certificate_ids'>[],
): (claim: Claim) => boolean {
  const idsOf = new Map<string, Set<string>>();
  for (const { channels, certificate_ids } of parts) {
    const name = requestName(channels);
    const ids = idsOf.get(name) ?? new Set();
    for (const id of certificate_ids) ids.add(id);
    idsOf.set(name, ids);
  }
  return ({ certificate, request }) =>
    idsOf.get(requestName(request))?.has(certificate._id) ?? false;
}
