import type { Context } from '../../context';
import { DAY_MS } from '../../lib/durations';
import type { CleanupPolicy } from '../../store/companies';
import { CLEANABLE, cutoffsOf } from './cutoffs';

/** Counting stops after this many of a kind. */
export const MAX_DUE_COUNTED = 100_000;

/** How much is old enough; null: there is too much to count in time. */
export interface Due {
  certificates: number | null;
  recordings: number | null;
  consents: number | null;
}

/**
 * Counts what of a company is old enough to be cleaned up by a policy, up to one above `MAX_DUE_COUNTED`
 * of a kind. Legal holds are left aside, and so are consents with a policy of their own.
 */
export async function countDue({
  ctx,
  companyId,
  policy,
}: {
  ctx: Context;
  companyId: string;
  policy: CleanupPolicy;
}): Promise<Due> {
  const now = ctx.now();
  const cutoffs = cutoffsOf(policy, now);
  if (!cutoffs) return { certificates: 0, recordings: 0, consents: 0 };
  const { certificates, consents, recordings } = ctx.store;
  const states = CLEANABLE[cutoffs.action];
  const limit = MAX_DUE_COUNTED + 1;
  const revokedBy = new Date(now.getTime() - policy.after_days * DAY_MS);
  const [certificateCounts, recordingCount, consentCounts] = await Promise.all([
    Promise.all(
      states.map((data) =>
        certificates.countDue(companyId, data, { before: cutoffs.capturedBy, now }, limit),
      ),
    ),
    recordings.countDue(companyId, { before: cutoffs.recordedBy, now }, limit),
    Promise.all(states.map((data) => consents.countDue(companyId, data, revokedBy, limit))),
  ]);
  return {
    certificates: sumUpTo(limit, certificateCounts),
    recordings: recordingCount,
    consents: sumUpTo(limit, consentCounts),
  };
}

function sumUpTo(limit: number, counts: (number | null)[]): number | null {
  let sum = 0;
  for (const count of counts) {
    if (count === null) return null;
    sum += count;
  }
  return Math.min(sum, limit);
}
