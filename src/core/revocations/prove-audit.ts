import type { Context } from '../../context';
import { DAY_MS } from '../../lib/durations';
import { finishRevocation } from './finish-revocation';
import { renameStale } from './rename-stale';
import type { Position } from '../../store/paging';
import type { CompletedRevocation } from '../../store/revocations';

const WINDOW_MS = DAY_MS;
/** The newest are left for the next proof, so that clocks need not agree to the second. */
const CLOCK_SKEW_MS = 60_000;
const PAGE_SIZE = 200;
/** At most this many certificates are compared at a time, unless a single request names more. */
const CERTIFICATES_AT_A_TIME = 10_000;

/** How many certificates of a revocation no entry names, and how often any is named again. */
interface Gap {
  revocationId: string;
  missing: number;
  repeated: number;
}

/**
 * Proves that each certificate revoked by the revocations completed within the last day is named in
 * exactly one audit entry. A gap raises an alarm, and missing entries are written; what was found is
 * written down for the page Health.
 */
export async function proveAudit({
  ctx,
  signal,
  now,
}: {
  ctx: Context;
  signal: AbortSignal;
  now: Date;
}): Promise<'done' | 'repaired' | 'gaps_left'> {
  let found = 0;
  let left = 0;
  for await (const revocations of completedGroups(ctx, signal, now)) {
    for (const gap of await findRealGaps(ctx, revocations)) {
      found += gap.missing + gap.repeated;
      ctx.log.error(gap, 'audit gap');
      left += await repair(ctx, gap.revocationId);
    }
  }
  await ctx.store.auditProofs.save({ at: now, found, left });
  ctx.metrics.auditGaps.set(found);
  if (left > 0) return 'gaps_left';
  return found > 0 ? 'repaired' : 'done';
}

/** Ids of completed revocations, in groups that together name a bounded number of certificates. */
async function* completedGroups(
  ctx: Context,
  signal: AbortSignal,
  now: Date,
): AsyncGenerator<string[]> {
  const from = new Date(now.getTime() - WINDOW_MS);
  const to = new Date(now.getTime() - CLOCK_SKEW_MS);
  for (let after: Position | null = null; ;) {
    const page: CompletedRevocation[] = await ctx.store.revocations.findCompleted(
      from,
      to,
      after,
      PAGE_SIZE,
    );
    for (const group of inGroups(page)) {
      signal.throwIfAborted();
      yield group;
    }
    const last = page.at(-1);
    if (!last || page.length < PAGE_SIZE) return;
    after = { at: last.completed_at, id: last._id };
  }
}

function inGroups(page: CompletedRevocation[]): string[][] {
  const groups: string[][] = [];
  let room = 0;
  for (const { _id, named } of page) {
    const group = groups.at(-1);
    if (group && named <= room) {
      group.push(_id);
      room -= named;
    } else {
      groups.push([_id]);
      room = CERTIFICATES_AT_A_TIME - named;
    }
  }
  return groups;
}

async function findGaps(ctx: Context, revocationIds: string[]): Promise<Gap[]> {
  const [certificates, entries] = await ctx.store.snapshot(async (session) => [
    await ctx.store.certificates.revokedByAny(revocationIds, session),
    await ctx.store.audit.namedByRevocations(revocationIds, session),
  ]);
  return revocationIds.flatMap((revocationId) => {
    const named = entries.filter(isOf(revocationId)).flatMap((entry) => entry.certificates);
    const once = new Set(named);
    const revoked = certificates.filter(({ revocation_id }) => revocation_id === revocationId);
    // Not the other way round: the audit still names certificates that were cleaned up since.
    const missing = revoked.filter(({ _id }) => !once.has(_id)).length;
    const repeated = named.length - once.size;
    return missing + repeated > 0 ? [{ revocationId, missing, repeated }] : [];
  });
}

/** Without those that arose because a clean-up replaced ids just as an entry was being written. */
async function findRealGaps(ctx: Context, revocationIds: string[]): Promise<Gap[]> {
  const gaps = await findGaps(ctx, revocationIds);
  if (gaps.length === 0) return [];
  for (const { revocationId } of gaps) await renameStale({ ctx, revocationId });
  return findGaps(
    ctx,
    gaps.map(({ revocationId }) => revocationId),
  );
}

function isOf(revocationId: string) {
  return (entry: { _id: string }): boolean => entry._id.startsWith(`${revocationId}.`);
}

/** Writes what is missing; returns how much of the gap is left. */
async function repair(ctx: Context, revocationId: string): Promise<number> {
  await ctx.store.revocations.reopen(revocationId);
  await finishRevocation({ ctx, revocationId });
  const [gap] = await findGaps(ctx, [revocationId]);
  if (!gap) return 0;
  ctx.log.error(gap, 'audit gap not repaired');
  return gap.missing + gap.repeated;
}
