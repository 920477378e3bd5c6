import type { Context } from '../../../context';
import { flagsOf } from '../../revocations/new-opt-out';
import { setFlags } from '../../revocations/set-flags';
import type { FlaggedPart } from '../../../store/revocation-advancing';
import type { Revocation } from '../../../store/revocations';
import type { OpenedRows } from './open-rows';

/** Rows whose flags are set, and which of their certificates this batch revoked. */
export interface FlaggedRows extends OpenedRows {
  revokedIds: Set<string>;
  revokedByPart: FlaggedPart[];
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
    const revokedIds = new Set(parts.flatMap((part) => part.certificate_ids));
    const revokedByPart = parts.map(({ _id, certificate_ids }) => ({
      id: _id,
      revoked: certificate_ids.length,
      all: true,
    }));
    return { ...opened, revokedIds, revokedByPart };
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
async function findRevoked(ctx: Context, parts: Revocation[]) {
  const ids = parts.map(({ _id }) => _id);
  const found = await ctx.store.transaction((session) =>
    ctx.store.certificates.revokedByAny(ids, session),
  );
  const count = new Map<string, number>();
  for (const { revocation_id: id } of found) count.set(id, (count.get(id) ?? 0) + 1);
  return {
    revokedIds: new Set(found.map(({ _id }) => _id)),
    revokedByPart: parts.map(({ _id: id, certificate_ids }) => {
      const revoked = count.get(id) ?? 0;
      return { id, revoked, all: revoked === certificate_ids.length };
    }),
  };
}
