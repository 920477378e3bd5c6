import type { Context } from '../context';
import type { CleaningHead } from '../store/certificate-cleaning';
import type { Company } from '../store/companies';
import { inPages } from './in-pages';
import { type Holds, loadHolds } from './legal-holds';
import { recordCleanups } from './record-cleanups';
import { CLEANABLE, isCertificateDue, isRecordingDue, type Terms, termsOf } from './terms';

const CERTIFICATES_PER_PAGE = 2_000;
const RECORDINGS_PER_PAGE = 1_000;

interface CompanySweep {
  ctx: Context;
  companyId: string;
  terms: Terms;
  holds: Holds;
  /** Whether an earlier sweep has left something that must not be handed out again. */
  anyPending: boolean;
  signal: AbortSignal;
}

/**
 * Hands out what of a company is due by its policy. It goes over it once, from old to new, so that
 * what is held or paid for does not hold up the rest. It decides nothing: whether something is really
 * to go is looked at again when it goes, so that one handed out twice does no harm either.
 * @returns how many clean-ups it recorded
 */
export async function sweepCompany(
  ctx: Context,
  company: Company,
  now: Date,
  signal: AbortSignal,
): Promise<number> {
  const companyId = company._id;
  const terms = termsOf(company.retention, now);
  if (!terms) return 0;
  const holds = await loadHolds(ctx, companyId);
  if (holds.all) return 0;
  const anyPending = await ctx.store.cleanups.hasPending(companyId);
  const sweep = { ctx, companyId, terms, holds, anyPending, signal };
  return (await sweepCertificates(sweep)) + (await sweepRecordings(sweep));
}

async function sweepCertificates(sweep: CompanySweep): Promise<number> {
  const { ctx, companyId, terms, signal } = sweep;
  let recorded = 0;
  for (const data of CLEANABLE[terms.action]) {
    const size = CERTIFICATES_PER_PAGE;
    const found = ctx.store.certificates.dueCursor(companyId, data, terms.capturedBy, size);
    for await (const heads of inPages(found, size, signal)) {
      const due = await freeOf(
        sweep,
        heads.filter((head) => isCertificateDue(head, terms)),
      );
      recorded += await handOut(sweep, 'certificates', due);
    }
  }
  return recorded;
}

/** Those of certificates that are due themselves go with them. */
async function sweepRecordings(sweep: CompanySweep): Promise<number> {
  const { ctx, companyId, terms, signal } = sweep;
  const size = RECORDINGS_PER_PAGE;
  let recorded = 0;
  const found = ctx.store.recordings.dueCursor(companyId, terms.recordedBy, size);
  for await (const recordings of inPages(found, size, signal)) {
    const recordedAt = new Map(recordings.map(({ _id, recorded_at }) => [_id, recorded_at]));
    const heads = await ctx.store.certificates.findHeads(companyId, [...recordedAt.keys()]);
    const candidates = heads.filter((head) => {
      const at = recordedAt.get(head._id);
      return at && isRecordingDue(head, at, terms) && !isCertificateDue(head, terms);
    });
    recorded += await handOut(sweep, 'recordings', await freeOf(sweep, candidates));
  }
  return recorded;
}

/** Leaves out what is held, or about to be paid for. */
async function freeOf(
  { ctx, companyId, holds }: CompanySweep,
  heads: CleaningHead[],
): Promise<string[]> {
  const asked = heads.filter((head) => head.retention_requests > 0);
  const reserved =
    asked.length > 0 ? await ctx.store.retentions.findReserved(companyId, asked) : new Set();
  return heads.filter((h) => !reserved.has(h._id) && !holds.covers(h)).map(({ _id }) => _id);
}

async function handOut(
  { ctx, companyId, terms, anyPending }: CompanySweep,
  subject: 'certificates' | 'recordings',
  due: string[],
): Promise<number> {
  if (due.length === 0) return 0;
  const pending = anyPending
    ? await ctx.store.cleanups.findPendingSubjects(companyId, due)
    : new Set();
  const ids = due.filter((id) => !pending.has(id));
  return recordCleanups(ctx, { company_id: companyId, subject, action: terms.action }, ids);
}
