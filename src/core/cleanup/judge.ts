import type { Context } from '../../context';
import type { Session } from '../../store';
import type { CleaningHead } from '../../store/certificate-cleaning';
import type { Cleanup } from '../../store/cleanups';
import type { CleanupPolicy } from '../../store/companies';
import { judgeConsents } from './judge-consents';
import { loadHolds } from '../legal-holds/load-holds';
import { isCertificateDue, isRecordingDue, type Cutoffs, cutoffsOf } from './cutoffs';

/** What of a clean-up may go now, and by which policy; none: the company has gone. */
export interface Judgement {
  policy: CleanupPolicy | null;
  allowed: string[];
}

/**
 * Looks again at everything that speaks for and against a clean-up, in the transaction that carries
 * it out. That one conflicts with whatever would change the answer: a hold and a new policy write
 * the company as this does, a paid retention writes the certificate. Whichever commits first counts.
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
  // Written before anything is read, so that those who wait for each other find out at once.
  const company = await ctx.store.companies.guard(company_id, session);
  if (subject === 'consents') {
    const allowed = company ? await judgeConsents({ ctx, cleanup, company, now, session }) : [];
    return { policy: company?.retention ?? null, allowed };
  }
  const heads = await certificates.findHeads(company_id, subject_ids, session);
  // An earlier step of this clean-up has taken these away: what is left of them follows.
  const gone = heads.filter((head) => head.cleanup_id === cleanup._id).map(({ _id }) => _id);
  const cutoffs = company && cutoffsOf(company.retention, now);
  if (cutoffs?.action !== action) return { policy: company?.retention ?? null, allowed: gone };
  const due = await dueOf(ctx, cleanup, heads, cutoffs, session);
  return { policy: company?.retention ?? null, allowed: [...new Set([...gone, ...due])] };
}

async function dueOf(
  ctx: Context,
  { company_id, subject, subject_ids }: Cleanup,
  heads: CleaningHead[],
  cutoffs: Cutoffs,
  session: Session,
): Promise<string[]> {
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
