import type { Context } from '../../context';
import { distinct } from '../../lib/distinct';
import { REMOVED_PREFIX } from '../../store/renaming';
import { findAllOrRemoved, removedIds } from '../identifiers/removed-ids';
import type { RevocationLine } from './export-format';

/**
 * The lines of an export with the ids that their certificates have here: a clean-up may have replaced
 * an id since the export was made, or before it was made and after the backup.
 */
export async function withLocalIds({
  ctx,
  companyId,
  lines,
}: {
  ctx: Context;
  companyId: string;
  lines: RevocationLine[];
}): Promise<RevocationLine[]> {
  const { revocationCopies: copies } = ctx.store;
  const named = lines.flatMap(({ certificates }) => certificates);
  const found = await findAllOrRemoved({
    ctx,
    ids: distinct(named.map(({ certificate_id }) => certificate_id)),
    find: (ids) => copies.findFlags(companyId, ids),
  });
  const local = new Map([...found].map(([id, { _id }]) => [id, _id]));
  const removed = named.filter(
    ({ certificate_id: id }) => id.startsWith(REMOVED_PREFIX) && !local.has(id),
  );
  await addNotRemoved(ctx, companyId, removed, local);
  return lines.map((line) => ({
    ...line,
    certificates: line.certificates.map((one) => ({
      ...one,
      certificate_id: local.get(one.certificate_id) ?? one.certificate_id,
    })),
  }));
}

/** A hash leads to no id: what was captured at the same moment is hashed and compared. */
async function addNotRemoved(
  ctx: Context,
  companyId: string,
  removed: RevocationLine['certificates'],
  local: Map<string, string>,
): Promise<void> {
  if (removed.length === 0) return;
  const wanted = new Set(removed.map(({ certificate_id }) => certificate_id));
  const moments = distinct(removed.map(({ created_at }) => created_at.getTime()));
  const captured = ctx.store.revocationCopies.findCapturedAt(
    companyId,
    moments.map((moment) => new Date(moment)),
  );
  for await (const { _id } of captured) {
    for (const id of removedIds({ ctx, id: _id })) if (wanted.has(id)) local.set(id, _id);
  }
}
