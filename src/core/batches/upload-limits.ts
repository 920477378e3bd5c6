import type { Context } from '../../context';
import { AppError } from '../../errors';
import { MAX_UPLOAD_BYTES } from '../../store/batches';
import type { Company, UploadLimits } from '../../store/companies';
import type { Session } from '../../store';

/** What a company may have where its operator has set nothing else. */
export const DEFAULT_UPLOAD_LIMITS: Required<{ [K in keyof UploadLimits]: number }> = {
  open_uploads: 100,
  stored_upload_bytes: 20 * MAX_UPLOAD_BYTES,
  running_files: 2,
};
/** How soon one of many open files is likely to be done. */
const OPEN_RETRY_AFTER_SECONDS = 30;
const MIN_RETRY_AFTER_SECONDS = 60;

/** One of a company's limits on uploads. */
export function uploadLimit(company: Company | null, name: keyof UploadLimits): number {
  return company?.limits[name] ?? DEFAULT_UPLOAD_LIMITS[name];
}

/**
 * Refuses what `requireUploadRoom` would refuse for too many open files, for the price of a count: a
 * flood of files is not to queue up for the transaction.
 * @throws AppError open_uploads_exceeded
 */
export async function refuseWhenFull({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<void> {
  const { batches, companies } = ctx.store;
  const [company, open] = await Promise.all([
    companies.find(companyId),
    batches.countOpenUploads(companyId),
  ]);
  requireFewOpen(company, open);
}

function requireFewOpen(company: Company | null, open: number): void {
  if (open < uploadLimit(company, 'open_uploads')) return;
  throw new AppError('open_uploads_exceeded', { retryAfterSeconds: OPEN_RETRY_AFTER_SECONDS });
}

/**
 * Makes sure that a company may send another file, and lets no two calls find the same room.
 * @returns how many bytes there is room for
 * @throws AppError open_uploads_exceeded, stored_uploads_exceeded
 */
export async function requireUploadRoom({
  ctx,
  companyId,
  session,
}: {
  ctx: Context;
  companyId: string;
  session: Session;
}): Promise<number> {
  const { batches, companies } = ctx.store;
  const company = await companies.guard(companyId, session);
  const open = await batches.countOpenUploads(companyId, session);
  requireFewOpen(company, open);
  const { bytes, first } = await batches.storedUploads(companyId, session);
  const room = uploadLimit(company, 'stored_upload_bytes') - bytes;
  if (room <= 0) throw storedUploadsExceeded(ctx.now(), first);
  return room;
}

/**
 * Makes sure that what a company has stored, with the file that is being accepted, is within its
 * limit: several may have come in at the same time.
 * @throws AppError stored_uploads_exceeded
 */
export async function requireStoredWithinLimit({
  ctx,
  companyId,
  session,
}: {
  ctx: Context;
  companyId: string;
  session: Session;
}): Promise<void> {
  const company = await ctx.store.companies.guard(companyId, session);
  const { bytes, first } = await ctx.store.batches.storedUploads(companyId, session);
  if (bytes > uploadLimit(company, 'stored_upload_bytes'))
    throw storedUploadsExceeded(ctx.now(), first);
}

/** @param firstExpiry when the next file goes; null: not known */
export function storedUploadsExceeded(now: Date, firstExpiry: Date | null = null): AppError {
  const seconds = firstExpiry ? Math.ceil((firstExpiry.getTime() - now.getTime()) / 1_000) : 0;
  const retryAfterSeconds = Math.max(seconds, MIN_RETRY_AFTER_SECONDS);
  return new AppError('stored_uploads_exceeded', { retryAfterSeconds });
}
