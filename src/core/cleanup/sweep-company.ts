import type { Context } from '../../context';
import type { DueHead } from '../../store/certificate-cleaning';
import type { Company } from '../../store/companies';
import { inPages } from './in-pages';
import { type Holds, loadHolds } from '../legal-holds/load-holds';
import { findStuck, recordCleanups } from './record-cleanups';
import { CLEANABLE, isCertificateDue, isRecordingDue, type Cutoffs, cutoffsOf } from './cutoffs';

/** Enough for fifty clean-ups, which are written down and handed to the queue together. */
const CERTIFICATES_PER_PAGE = 10_000;
const RECORDINGS_PER_PAGE = 2_000;

interface CompanySweep {
  ctx: Context;
  companyId: string;
  cutoffs: Cutoffs;
  holds: Holds;
  /** Subjects of clean-ups that failed and will be tried again. */
  stuck: ReadonlySet<string>;
  signal: AbortSignal;
}

/**
 * Records clean-ups for what is due by a company's policy, in one pass from oldest to newest, so that
 * what is held or paid for does not hold up the rest. The sweep only proposes: each clean-up decides
 * again, so that naming something twice does no harm.
 * @returns how many clean-ups it recorded; 0 while those of an earlier sweep are under way
 */
export async function sweepCompany({
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
  if (!cutoffs) return 0;
  const stuck = await findStuck({ ctx, companyId, subjects: ['certificates', 'recordings'] });
  if (!stuck) return 0;
  const holds = await loadHolds({ ctx, companyId });
  if (holds.all) return 0;
  const sweep = { ctx, companyId, cutoffs, holds, stuck, signal };
  return (await sweepCertificates(sweep)) + (await sweepRecordings(sweep));
}

async function sweepCertificates(sweep: CompanySweep): Promise<number> {
  const { ctx, companyId, cutoffs, holds, signal } = sweep;
  const { certificates } = ctx.store;
  const asked = { before: cutoffs.capturedBy, now: cutoffs.now, withHashes: holds.anyUser };
  let recorded = 0;
  for (const data of CLEANABLE[cutoffs.action]) {
    const size = CERTIFICATES_PER_PAGE;
    const found = certificates.dueCursor(companyId, data, asked, size);
    for await (const heads of inPages(found, size, signal)) {
      recorded += await recordFree(sweep, 'certificates', heads);
    }
  }
  return recorded;
}

/** The recording of a certificate that is due itself goes with the certificate. */
async function sweepRecordings(sweep: CompanySweep): Promise<number> {
  const { ctx, companyId, cutoffs, signal } = sweep;
  const size = RECORDINGS_PER_PAGE;
  let recorded = 0;
  const found = ctx.store.recordings.dueCursor(
    companyId,
    { before: cutoffs.recordedBy, now: cutoffs.now },
    size,
  );
  for await (const recordings of inPages(found, size, signal)) {
    const recordedAt = new Map(recordings.map(({ _id, recorded_at }) => [_id, recorded_at]));
    const heads = await ctx.store.certificates.findHeads(companyId, [...recordedAt.keys()]);
    const due = heads.filter((head) => {
      const at = recordedAt.get(head._id);
      return at && isRecordingDue(head, at, cutoffs) && !isCertificateDue(head, cutoffs);
    });
    recorded += await recordFree(sweep, 'recordings', due);
  }
  return recorded;
}

/** Leaves out what is held, stuck or reserved for paid retention. */
async function recordFree(
  { ctx, companyId, cutoffs, holds, stuck }: CompanySweep,
  subject: 'certificates' | 'recordings',
  due: DueHead[],
): Promise<number> {
  const free = due.filter((head) => !stuck.has(head._id) && !holds.covers(head));
  const asked = free.filter((head) => head.retention_requests > 0).map(({ _id }) => _id);
  const reserved = asked.length > 0 ? await findReserved(ctx, companyId, asked) : null;
  const ids = free.map(({ _id }) => _id).filter((id) => !reserved?.has(id));
  return recordCleanups({
    ctx,
    what: { company_id: companyId, subject, action: cutoffs.action },
    ids,
  });
}

async function findReserved(ctx: Context, companyId: string, ids: string[]) {
  const heads = await ctx.store.certificates.findHeads(companyId, ids);
  return ctx.store.retentions.findReserved(companyId, heads);
}
