import type { Context } from '../../context';
import type { CleaningHead, DueHead } from '../../store/certificate-cleaning';
import type { Company } from '../../store/companies';
import { CLEANABLE, isCertificateDue, isRecordingDue, type Cutoffs, cutoffsOf } from './cutoffs';
import { inPages, readAhead } from './in-pages';
import { type LeftAlone, leftAlone } from './left-alone';
import { recordCleanups } from './record-cleanups';

/** Enough for fifty clean-ups, which are written down and handed to the queue together. */
const CERTIFICATES_PER_PAGE = 10_000;
const RECORDINGS_PER_PAGE = 2_000;

interface CompanySweep {
  ctx: Context;
  companyId: string;
  cutoffs: Cutoffs;
  leftAlone: () => Promise<LeftAlone | null>;
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
  const subjects = ['certificates' as const, 'recordings' as const];
  const sweep = {
    ctx,
    companyId,
    cutoffs,
    leftAlone: leftAlone({ ctx, companyId, subjects }),
    signal,
  };
  return (await sweepCertificates(sweep)) + (await sweepRecordings(sweep));
}

async function sweepCertificates(sweep: CompanySweep): Promise<number> {
  const { ctx, companyId, cutoffs, signal } = sweep;
  const { certificates } = ctx.store;
  const asked = { before: cutoffs.capturedBy, now: cutoffs.now };
  let recorded = 0;
  for (const data of CLEANABLE[cutoffs.action]) {
    const pages = certificates.duePages(companyId, data, asked, CERTIFICATES_PER_PAGE);
    for await (const due of readAhead(pages)) {
      signal.throwIfAborted();
      const left = await sweep.leftAlone();
      if (!left) return recorded;
      recorded += await record(sweep, 'certificates', await freeCertificates(sweep, left, due));
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
    const left = await sweep.leftAlone();
    if (!left) return recorded;
    const recordedAt = new Map(recordings.map(({ _id, recorded_at }) => [_id, recorded_at]));
    const heads = await ctx.store.certificates.findHeads(companyId, [...recordedAt.keys()]);
    const due = heads.filter((head) => {
      const at = recordedAt.get(head._id);
      return at && isRecordingDue(head, at, cutoffs) && !isCertificateDue(head, cutoffs);
    });
    recorded += await record(sweep, 'recordings', await freeHeads(sweep, left, due));
  }
  return recorded;
}

/** The index does not say of all whether they are free: those are read. */
async function freeCertificates(
  sweep: CompanySweep,
  left: LeftAlone,
  due: DueHead[],
): Promise<string[]> {
  const { ctx, companyId, cutoffs } = sweep;
  const isUnclear = (head: DueHead) => left.holds.anyUser || head.retention_requests > 0;
  const unclear = due.filter(isUnclear).map(({ _id }) => _id);
  const ids = due.filter((head) => !isUnclear(head) && isFree(left, head)).map(({ _id }) => _id);
  if (unclear.length === 0) return ids;
  const heads = await ctx.store.certificates.findHeads(companyId, unclear);
  const stillDue = heads.filter((head) => isCertificateDue(head, cutoffs));
  return [...ids, ...(await freeHeads(sweep, left, stillDue))];
}

/** Leaves out what is held, stuck or reserved for paid retention. */
async function freeHeads(
  { ctx, companyId }: CompanySweep,
  left: LeftAlone,
  due: CleaningHead[],
): Promise<string[]> {
  const free = due.filter((head) => isFree(left, head));
  const asked = free.filter((head) => head.retention_requests > 0);
  if (asked.length === 0) return free.map(({ _id }) => _id);
  const reserved = await ctx.store.retentions.findReserved(companyId, asked);
  return free.flatMap(({ _id }) => (reserved.has(_id) ? [] : _id));
}

function isFree({ stuck, holds }: LeftAlone, head: Parameters<LeftAlone['holds']['covers']>[0]) {
  return !stuck.has(head._id) && !holds.covers(head);
}

function record(
  { ctx, companyId, cutoffs }: CompanySweep,
  subject: 'certificates' | 'recordings',
  ids: string[],
): Promise<number> {
  return recordCleanups({
    ctx,
    what: { company_id: companyId, subject, action: cutoffs.action },
    ids,
  });
}
