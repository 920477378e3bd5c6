import type { Context } from '../../context';
import type { Company } from '../../store/companies';
import { cutoffsOf } from './cutoffs';
import { inPages } from './in-pages';
import { leftAlone } from './left-alone';
import { recordCleanups } from './record-cleanups';

const TOMBSTONES_PER_PAGE = 10_000;

/**
 * Records clean-ups for tombstones that still have the ids of their certificate and session: those
 * of earlier releases and of replays, and what a hold kept when the rest was removed.
 * @returns how many clean-ups it recorded; 0 where the policy removes nothing
 */
export async function sweepTombstones({
  ctx,
  company,
  now,
  signal,
}: {
  ctx: Context;
  company: Company;
  now: Date;
  signal: AbortSignal;
}): Promise<number> {
  const companyId = company._id;
  const cutoffs = cutoffsOf(company.retention, now);
  if (!cutoffs || cutoffs.action === 'anonymise') return 0;
  // Clean-ups of certificates see to their own tombstones.
  const subjects = ['certificates' as const, 'tombstones' as const];
  const whatIsLeft = leftAlone({ ctx, companyId, subjects });
  let recorded = 0;
  const found = ctx.store.certificates.namedTombstones(
    companyId,
    cutoffs.capturedBy,
    TOMBSTONES_PER_PAGE,
  );
  for await (const page of inPages(found, TOMBSTONES_PER_PAGE, signal)) {
    const left = await whatIsLeft();
    if (!left) return recorded;
    const { stuck, holds } = left;
    const free = page.filter((head) => !stuck.has(head._id) && !holds.covers(head));
    recorded += await recordCleanups({
      ctx,
      what: { company_id: companyId, subject: 'tombstones', action: cutoffs.action },
      ids: free.map(({ _id }) => _id),
    });
  }
  return recorded;
}
