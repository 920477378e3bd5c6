import { distinct } from '../../lib/distinct';
import { createGroupCommit } from '../../lib/group-commit';
import type { Context } from '../../context';
import { unavailable } from '../../errors';
import { isUnavailable } from '../../store';
import type { Revocation } from '../../store/revocations';
import { finishFlagged } from './finish-flagged';
import { type Finished, finishRevocation } from './finish-revocation';
import { MAX_CERTIFICATES_PER_ENTRY } from './revocation-entry';

const MAX_GROUP = 500;
/** More than the jobs that a process has under way can carry. */
const MAX_WAITING = 150_000;
/** As long as one operation of a worker may take. */
const DEADLINE_MS = 30_000;

/** Finishes a revocation; see `finishRevocation`. */
export type Finish = (revocationId: string) => Promise<Finished>;

/**
 * Makes a `finishRevocation` whose calls in flight share their reads and writes (group commit): a
 * durable write costs about the same for one revocation as for a hundred. Those that are flagged and
 * audited, as almost all are, take that write and no read; what fails alone fails for itself only.
 */
export function createFinishTogether({ ctx }: { ctx: Context }): Finish {
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

async function finishGroup(ctx: Context, ids: string[]): Promise<(Finished | Error)[]> {
  const once = distinct(ids);
  const at = ctx.now();
  await ctx.reach('revocation.audited');
  const completed = await ctx.store.revocations.completeAudited(once, at);
  await ctx.reach('revocation.completed');
  if (completed === once.length) return ids.map(() => 'done');
  const outcomes = await finishOthers(ctx, once, at);
  return ids.map((id) => outcomes.get(id) ?? 'gone');
}

/** Finishes what is not completed, and finds what became of the others. */
async function finishOthers(
  ctx: Context,
  ids: string[],
  at: Date,
): Promise<Map<string, Finished | Error>> {
  const found = await ctx.store.revocations.findMany(ids);
  const unaudited = found.filter(isFinishedTogether);
  if (unaudited.length > 0) await finishFlagged({ ctx, revocations: unaudited });
  const outcomes = new Map<string, Finished | Error>();
  for (const revocation of found) {
    const { _id, state, completed_at } = revocation;
    if (isFinishedTogether(revocation)) outcomes.set(_id, 'done');
    else if (state !== 'completed') outcomes.set(_id, await finishAlone(ctx, _id));
    else outcomes.set(_id, completed_at?.getTime() === at.getTime() ? 'done' : 'already_done');
  }
  return outcomes;
}

/** As earlier releases have left it, and with a single entry. */
function isFinishedTogether({ state, audited, certificate_ids }: Revocation): boolean {
  return state === 'flagged' && !audited && certificate_ids.length <= MAX_CERTIFICATES_PER_ENTRY;
}

async function finishAlone(ctx: Context, revocationId: string): Promise<Finished | Error> {
  try {
    return await finishRevocation({ ctx, revocationId });
  } catch (error) {
    if (isUnavailable(error) || !(error instanceof Error)) throw error;
    return error;
  }
}
