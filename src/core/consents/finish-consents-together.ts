import type { Context } from '../../context';
import { unavailable } from '../../errors';
import { createGroupCommit } from '../../lib/group-commit';
import { isUnavailable } from '../../store';
import type { Region } from '../../store/regions';
import {
  byCompany,
  type ConsentFinished,
  finishConsentRevocations,
} from './finish-consent-revocations';

const MAX_GROUP = 500;
/** More than the jobs that a process has under way can carry. */
const MAX_WAITING = 150_000;
/** As long as one operation of a worker may take. */
const DEADLINE_MS = 30_000;

/** Finishes a revocation of consents; see `finishConsentRevocations`. */
export type FinishConsent = (revocationId: string) => Promise<ConsentFinished>;

/**
 * Makes a way to finish revocations of a region's consents, in which those of a company that are in
 * flight together share a transaction. What fails alone fails for itself only, and no company waits for
 * the wallet of another.
 */
export function createFinishConsents({
  ctx,
  region,
}: {
  ctx: Context;
  region: Region;
}): FinishConsent {
  return createGroupCommit<string, ConsentFinished>({
    run: (revocationIds) => finishAll(ctx, region, revocationIds),
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

/** Companies whose transactions go on at the same time. */
const COMPANIES_AT_A_TIME = 4;

async function finishAll(
  ctx: Context,
  region: Region,
  revocationIds: string[],
): Promise<(ConsentFinished | Error)[]> {
  const found = await ctx.store.regions[region].consentRevocations.findMany(revocationIds);
  const companies = byCompany(found).values();
  const outcomes = new Map<string, ConsentFinished | Error>();
  const work = async (): Promise<void> => {
    for (const revocations of companies) {
      const ids = revocations.map(({ _id }) => _id);
      const ended = await finishOfCompany(ctx, region, ids);
      ids.forEach((id, at) => outcomes.set(id, ended[at] ?? 'gone'));
    }
  };
  await Promise.all(Array.from({ length: COMPANIES_AT_A_TIME }, work));
  return revocationIds.map((id) => outcomes.get(id) ?? 'gone');
}

/** All together or, where that fails for one of them, each alone. */
async function finishOfCompany(
  ctx: Context,
  region: Region,
  ids: string[],
): Promise<(ConsentFinished | Error)[]> {
  try {
    return await finishConsentRevocations({ ctx, region, revocationIds: ids });
  } catch (error) {
    const failure = error instanceof Error ? error : new Error('a revocation was not finished');
    if (ids.length === 1 || isUnavailable(error)) return ids.map(() => failure);
    const outcomes: (ConsentFinished | Error)[] = [];
    for (const id of ids) outcomes.push(...(await finishOfCompany(ctx, region, [id])));
    return outcomes;
  }
}
