import type { Context } from '../../context';
import { finishRevocation } from './finish-revocation';
import type { Position } from '../../store/paging';
import type { CompletedRevocation } from '../../store/revocations';

const WINDOW_MS = 24 * 60 * 60_000;
/** The newest ones are left for the next proof, so that clocks need not agree to the second. */
const SETTLING_MS = 60_000;
const PAGE_SIZE = 200;
/** So many certificates are compared at a time, one request of any size apart. */
const BATCH_CERTIFICATES = 10_000;

/** Certificates of a revocation that are not named in exactly one entry. */
interface Gap {
  revocationId: string;
  missing: number;
  repeated: number;
}

/**
 * Proves for the revocations completed within a day that each certificate they revoked is named in
 * exactly one audit entry. A gap is an alarm, and what is missing is written.
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
  for await (const revocations of completedBatches(ctx, signal, now)) {
    for (const gap of await findGaps(ctx, revocations)) {
      found += gap.missing + gap.repeated;
      ctx.log.error(gap, 'audit gap');
      left += await repair(ctx, gap.revocationId);
    }
  }
  ctx.metrics.auditGaps.set(found);
  if (left > 0) return 'gaps_left';
  return found > 0 ? 'repaired' : 'done';
}

/** Completed revocations in batches that are bounded by what they name. */
async function* completedBatches(
  ctx: Context,
  signal: AbortSignal,
  now: Date,
): AsyncGenerator<string[]> {
  const from = new Date(now.getTime() - WINDOW_MS);
  const to = new Date(now.getTime() - SETTLING_MS);
  for (let after: Position | null = null; ;) {
    const page: CompletedRevocation[] = await ctx.store.revocations.findCompleted(
      from,
      to,
      after,
      PAGE_SIZE,
    );
    for (const batch of inBatches(page)) {
      signal.throwIfAborted();
      yield batch;
    }
    const last = page.at(-1);
    if (!last || page.length < PAGE_SIZE) return;
    after = { at: last.completed_at, id: last._id };
  }
}

function inBatches(page: CompletedRevocation[]): string[][] {
  const batches: string[][] = [];
  let room = 0;
  for (const { _id, named } of page) {
    const batch = batches.at(-1);
    if (batch && named <= room) {
      batch.push(_id);
      room -= named;
    } else {
      batches.push([_id]);
      room = BATCH_CERTIFICATES - named;
    }
  }
  return batches;
}

async function findGaps(ctx: Context, revocationIds: string[]): Promise<Gap[]> {
  const [won, entries] = await ctx.store.snapshot(async (session) => [
    await ctx.store.certificates.revokedByAny(revocationIds, session),
    await ctx.store.audit.namedByRevocations(revocationIds, session),
  ]);
  return revocationIds.flatMap((revocationId) => {
    const named = entries.filter(isOf(revocationId)).flatMap((entry) => entry.certificates);
    const once = new Set(named);
    const mine = won.filter((certificate) => certificate.opt_out.revocation_id === revocationId);
    // The other way round there is nothing to prove: a certificate that was cleaned up stays named.
    const missing = mine.filter(({ _id }) => !once.has(_id)).length;
    const repeated = named.length - once.size;
    return missing + repeated > 0 ? [{ revocationId, missing, repeated }] : [];
  });
}

function isOf(revocationId: string) {
  return (entry: { _id: string }): boolean => entry._id.startsWith(`${revocationId}.`);
}

/** Returns how much of the gap is left. */
async function repair(ctx: Context, revocationId: string): Promise<number> {
  await ctx.store.revocations.reopen(revocationId);
  await finishRevocation({ ctx, revocationId });
  const [gap] = await findGaps(ctx, [revocationId]);
  if (!gap) return 0;
  ctx.log.error(gap, 'audit gap not repaired');
  return gap.missing + gap.repeated;
}
