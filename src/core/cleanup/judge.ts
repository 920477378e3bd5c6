import type { Context } from '../../context';
import { distinct } from '../../lib/distinct';
import type { Session } from '../../store';
import type { CleaningHead } from '../../store/certificate-cleaning';
import type { Cleanup } from '../../store/cleanups';
import type { CleanupPolicy } from '../../store/companies';
import { judgeConsents } from './judge-consents';
import { loadHolds } from '../legal-holds/load-holds';
import { isCertificateDue, isRecordingDue, type Cutoffs, cutoffsOf } from './cutoffs';

/** What may go now. */
export interface Judgement {
  /** By which policy; null: the company no longer exists. */
  policy: CleanupPolicy | null;
  allowed: string[];
}

/**
 * Decides again what a clean-up may remove, in the very transaction that removes it. That transaction
 * conflicts with anything that would change the answer: a hold or a new policy writes the company, as
 * this does; a paid retention writes the certificate. Whichever commits first counts.
 */
export async function judge({
  ctx,
  cleanup,
  now,
  session,
}: {
  ctx: Context;
  cleanup: Cleanup;
  now: Date;
  session: Session;
}): Promise<Judgement> {
  const { company_id, subject, subject_ids, action } = cleanup;
  const { certificates } = ctx.store;
  // Written before anything is read, so that conflicting transactions find out at once.
  const company = await ctx.store.companies.guard(company_id, session);
  if (subject === 'consents') {
    const allowed = company ? await judgeConsents({ ctx, cleanup, company, now, session }) : [];
    return { policy: company?.retention ?? null, allowed };
  }
  const heads = await certificates.findHeads(company_id, subject_ids, session);
  // An earlier step of this clean-up has removed these: what is left of them goes as well.
  const gone = heads.filter((head) => head.cleanup_id === cleanup._id).map(({ _id }) => _id);
  const cutoffs = company && cutoffsOf(company.retention, now);
  if (cutoffs?.action !== action) return { policy: company?.retention ?? null, allowed: gone };
  const due = await findDue({ ctx, cleanup, heads, cutoffs, session });
  return { policy: company?.retention ?? null, allowed: distinct([...gone, ...due]) };
}

/** Ids of what is due, and neither held nor reserved. */
async function findDue({
  ctx,
  cleanup,
  heads,
  cutoffs,
  session,
}: {
  ctx: Context;
  cleanup: Cleanup;
  heads: CleaningHead[];
  cutoffs: Cutoffs;
  session: Session;
}): Promise<string[]> {
  const { company_id, subject, subject_ids } = cleanup;
  const { recordings, retentions } = ctx.store;
  const holds = await loadHolds({ ctx, companyId: company_id, session });
  const asked = heads.filter((head) => head.retention_requests > 0);
  const reserved = await retentions.findReserved(company_id, asked, session);
  const free = heads.filter((head) => !holds.covers(head) && !reserved.has(head._id));
  if (subject === 'certificates') {
    return free.filter((head) => isCertificateDue(head, cutoffs)).map(({ _id }) => _id);
  }
  const found = await recordings.findHeads(company_id, subject_ids, session);
  const recordedAt = new Map(found.map(({ _id, recorded_at }) => [_id, recorded_at]));
  return free
    .filter((head) => {
      const at = recordedAt.get(head._id);
      return at && isRecordingDue(head, at, cutoffs);
    })
    .map(({ _id }) => _id);
}
