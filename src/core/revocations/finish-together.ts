import { distinct } from '../../lib/distinct';
import { createGroupCommit } from '../../lib/group-commit';
import type { Context } from '../../context';
import { unavailable } from '../../errors';
import { isUnavailable } from '../../store';
import type { Revocation } from '../../store/revocations';
import {
  type Finished,
  finishRevocation,
  MAX_CERTIFICATES_PER_ENTRY,
  revocationEntry,
} from './finish-revocation';

const MAX_GROUP = 256;
const MAX_WAITING = 10_000;
/** As long as one operation of a worker may take. */
const DEADLINE_MS = 30_000;

/**
 * Makes a `finishRevocation` whose calls in flight share their reads and writes (group commit): a
 * durable write costs about the same for one revocation as for a hundred. Requests that need more
 * than one audit entry, or whose flags are not all set, are finished one by one.
 */
export function createFinishTogether({
  ctx,
}: {
  ctx: Context;
}): (revocationId: string) => Promise<Finished> {
  return createGroupCommit<string, Finished>({
    run: (ids) => finishGroup(ctx, ids),
    maxSize: MAX_GROUP,
    maxWaiting: MAX_WAITING,
    deadlineMs: DEADLINE_MS,
    refusal: unavailable,
    isOneRequestsFault: (error) => !isUnavailable(error),
    onGroup: (size) => {
      ctx.metrics.groupCommitSize.observe({ batch: 'follow-ups' }, size);
    },
  });
}

async function finishGroup(ctx: Context, ids: string[]): Promise<Finished[]> {
  const found = await ctx.store.revocations.findMany(distinct(ids));
  const simple = found.filter(
    ({ state, certificate_ids }) =>
      state === 'flagged' && certificate_ids.length <= MAX_CERTIFICATES_PER_ENTRY,
  );
  if (simple.length > 0) await finishFlagged({ ctx, revocations: simple });
  const done = new Set(simple.map(({ _id }) => _id));
  return Promise.all(
    ids.map(async (revocationId) =>
      done.has(revocationId) ? 'done' : await finishRevocation({ ctx, revocationId }),
    ),
  );
}

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
  const revoked = await ctx.store.transaction((session) =>
    ctx.store.certificates.revokedByAny(ids, session),
  );
  const certificatesOf = new Map<string | null, string[]>(ids.map((id) => [id, []]));
  for (const { _id, opt_out } of revoked) certificatesOf.get(opt_out.revocation_id)?.push(_id);
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
  await ctx.store.revocations.completeMany(ids, new Map(fewer), new Date());
  await ctx.reach('revocation.completed');
  return revoked.length;
}
