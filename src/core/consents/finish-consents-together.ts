import type { Context } from '../../context';
import { unavailable } from '../../errors';
import { createGroupCommit } from '../../lib/group-commit';
import { isUnavailable } from '../../store';
import type { Region } from '../../store/regions';
import { type ConsentFinished, finishConsentRevocations } from './finish-consent-revocations';

const MAX_GROUP = 500;
/** More than the jobs that a process has under way can carry. */
const MAX_WAITING = 150_000;
/** As long as one operation of a worker may take. */
const DEADLINE_MS = 30_000;

/** Finishes a revocation of consents; see `finishConsentRevocations`. */
export type FinishConsent = (revocationId: string) => Promise<ConsentFinished>;

/**
 * Makes a way to finish revocations of a region's consents, in which those in flight together share a
 * transaction (group commit). What fails alone fails for itself only.
 */
export function createFinishConsents({
  ctx,
  region,
}: {
  ctx: Context;
  region: Region;
}): FinishConsent {
  return createGroupCommit<string, ConsentFinished>({
    run: (revocationIds) => finishConsentRevocations({ ctx, region, revocationIds }),
    maxSize: MAX_GROUP,
    maxWaiting: MAX_WAITING,
    deadlineMs: DEADLINE_MS,
    refusal: unavailable,
    isOneRequestsFault: (error) => !isUnavailable(error),
    onGroup: (size) => {
      ctx.metrics.groupCommitSize.observe({ batch: 'consent-follow-ups' }, size);
    },
  });
}
