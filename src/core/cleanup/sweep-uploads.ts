import type { Context } from '../../context';
import { inPages } from './in-pages';
import { loadHolds } from '../legal-holds/load-holds';
import { findStuck, recordCleanups } from './record-cleanups';

const UPLOADS_PER_PAGE = 500;

/**
 * Records clean-ups for uploaded files that have expired, whatever a company's policy says about the
 * rest; a legal hold on everything keeps them.
 * @returns how many clean-ups it recorded
 */
export async function sweepUploads({
  ctx,
  now,
  signal,
}: {
  ctx: Context;
  now: Date;
  signal: AbortSignal;
}): Promise<number> {
  let recorded = 0;
  const found = ctx.store.batches.expiredUploads(now);
  for await (const page of inPages(found, UPLOADS_PER_PAGE, signal)) {
    const byCompany = new Map<string, string[]>();
    for (const { _id, company_id } of page) {
      const ids = byCompany.get(company_id);
      if (ids) ids.push(_id);
      else byCompany.set(company_id, [_id]);
    }
    for (const [companyId, ids] of byCompany) recorded += await recordFree(ctx, companyId, ids);
  }
  return recorded;
}

async function recordFree(ctx: Context, companyId: string, ids: string[]): Promise<number> {
  const stuck = await findStuck({ ctx, companyId, subjects: ['uploads'] });
  if (!stuck || (await loadHolds({ ctx, companyId })).all) return 0;
  const free = ids.filter((id) => !stuck.has(id));
  return recordCleanups({
    ctx,
    what: { company_id: companyId, subject: 'uploads', action: 'delete' },
    ids: free,
  });
}
