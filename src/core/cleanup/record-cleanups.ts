import type { Context } from '../../context';
import { newId } from '../../lib/random-ids';
import {
  type Cleanup,
  CLEANUP_STEPS,
  type CleanupStep,
  type StepStatus,
} from '../../store/cleanups';

/** How many subjects a clean-up has at most; each of its steps removes them in one transaction. */
const GROUP_SIZE: Record<Cleanup['subject'], number> = {
  certificates: 200,
  recordings: 200,
  uploads: 50,
  consents: 200,
  tombstones: 200,
};

/** Which steps a clean-up takes. */
function stepsOf({ subject, action }: Pick<Cleanup, 'subject' | 'action'>): CleanupStep[] {
  if (subject === 'uploads') return ['uploads'];
  if (subject === 'tombstones') return ['traces'];
  const archive: CleanupStep[] = action === 'archive' ? ['archive'] : [];
  if (subject === 'consents') return [...archive, 'consent'];
  if (subject === 'recordings') return [...archive, 'recording'];
  // Anonymised certificates can still be found by email and mobile: an opt-out must find them.
  const names: CleanupStep[] = action === 'anonymise' ? [] : ['indexes', 'traces'];
  return [...archive, 'recording', 'certificate', ...names];
}

/** When this many clean-ups have failed, something is broken, and more of them would not help. */
const STUCK_MAX = 100;

/**
 * What no new clean-up may be about, because one that failed, and will be tried again, still is.
 * @returns null when clean-ups are under way that have not failed, or too many have failed: then no
 * clean-up at all is to be recorded
 */
export async function findStuck({
  ctx,
  companyId,
  subjects,
}: {
  ctx: Context;
  companyId: string;
  subjects: Cleanup['subject'][];
}): Promise<Set<string> | null> {
  const { cleanups } = ctx.store;
  if (await cleanups.isBusy(companyId, subjects)) return null;
  const failed = await cleanups.findFailed(companyId, subjects, STUCK_MAX);
  if (failed.length === STUCK_MAX) return null;
  return new Set(failed.flatMap(({ subject_ids }) => subject_ids));
}

/**
 * Writes down that these are to be cleaned, and begins to hand the clean-ups to the queue. Their ids
 * are random: a certificate id can contain anything that a company puts into its session ids.
 * @returns how many clean-ups it recorded
 */
export async function recordCleanups({
  ctx,
  what,
  ids,
}: {
  ctx: Context;
  what: Pick<Cleanup, 'company_id' | 'subject' | 'action'>;
  ids: string[];
}): Promise<number> {
  const size = GROUP_SIZE[what.subject];
  const cleanups: Cleanup[] = [];
  for (let from = 0; from < ids.length; from += size) {
    cleanups.push(newCleanup(what, ids.slice(from, from + size), ctx.now()));
  }
  if (cleanups.length === 0) return 0;
  const inserted = ctx.store.cleanups.insertMany(cleanups);
  // No faster than the queue takes them: those before these have been handed over by then.
  await Promise.all([inserted, ctx.outbox.drain()]);
  await ctx.reach('cleanup.recorded');
  for (const { _id } of cleanups) ctx.outbox.recorded('cleanups', _id);
  return cleanups.length;
}

function newCleanup(
  what: Pick<Cleanup, 'company_id' | 'subject' | 'action'>,
  ids: string[],
  now: Date,
): Cleanup {
  const needed = stepsOf(what);
  const status = (step: CleanupStep): StepStatus => ({
    state: needed.includes(step) ? 'pending' : 'not_needed',
    at: null,
    error: null,
    cleaned: 0,
  });
  const steps = Object.fromEntries(CLEANUP_STEPS.map((step) => [step, status(step)]));
  return {
    _id: newId('cln'),
    ...what,
    subject_ids: ids,
    named: ids.length,
    skipped: 0,
    steps: steps as Record<CleanupStep, StepStatus>,
    state: 'pending',
    failed: false,
    decided_at: null,
    archive: null,
    archive_drafts: [],
    requested_at: now,
    completed_at: null,
    enqueued_at: null,
  };
}
