import { recordChange } from '../audit/record-change';
import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { MINUTE_MS } from '../../lib/durations';
import { newId } from '../../lib/random-ids';
import { isDuplicate, isOverTime, type Session } from '../../store';
import type { Certificate } from '../../store/certificates';
import type { Evidence } from '../../store/evidence';
import { stateOf } from './shown-state';

/** What a company may have under way, and kept, at a time. */
const MAX_PENDING = 10;
const MAX_KEPT_BYTES = 10 * 1024 ** 3;
const PENDING_RETRY_SECONDS = 10;
const KEPT_RETRY_SECONDS = 600;
/** A file is handed out for so long even if there were checks since; else a busy one would never be. */
const FRESH_MS = MINUTE_MS;
/** Whoever is reading a file that has been replaced may finish. */
const READ_ON_MS = 15 * MINUTE_MS;
/** Somebody waits. */
const LOOK_MS = 1_000;

/** Whose evidence of what. */
export interface WantedEvidence {
  ctx: Context;
  companyId: string;
  certificateId: string;
}

/** A file that is ready; reading starts with `read`, a chunk at a time. */
export interface OpenedEvidence {
  bytes: number;
  read: () => AsyncIterable<Buffer>;
}

/**
 * The evidence of a certificate, as it is now; the audit says that it was given out.
 * @returns null while it is being made: then ask again
 * @throws AppError certificate_not_found, also of one that a clean-up has removed; evidence_exceeded
 */
export async function openEvidence({
  caller,
  ...wanted
}: WantedEvidence & { caller: Caller }): Promise<OpenedEvidence | null> {
  const { ctx, companyId, certificateId } = wanted;
  const made = await askForEvidence(wanted);
  if (!made) return null;
  const { _id, bytes } = made;
  await ctx.store.transaction((session) =>
    recordChange({
      ctx,
      session,
      companyId,
      action: 'evidence.downloaded',
      caller,
      certificates: [certificateId],
    }),
  );
  return { bytes, read: () => ctx.store.evidenceFiles.read(_id, bytes) };
}

/**
 * Has the evidence of a certificate made, unless it is there or under way.
 * @returns the one that is ready and up to date; null: it is being made
 * @throws as `openEvidence`
 */
export async function askForEvidence(wanted: WantedEvidence): Promise<Evidence | null> {
  const { made, latest } = await findEvidence(wanted);
  if (made) return latest;
  if (latest?.state === 'pending') return null;
  const id = newId('evd');
  try {
    await wanted.ctx.store.transaction((session) => begin(wanted, id, latest, session));
  } catch (error) {
    // Somebody else has asked at the same time.
    if (isDuplicate(error)) return null;
    throw error;
  }
  wanted.ctx.outbox.recorded('evidence', id);
  return null;
}

/**
 * Looks what there is, and has nothing made.
 * @returns the latest, and whether it is made and up to date
 * @throws AppError certificate_not_found
 */
export async function findEvidence({
  ctx,
  companyId,
  certificateId,
}: WantedEvidence): Promise<{ latest: Evidence | null; made: boolean }> {
  const [certificate, latest] = await Promise.all([
    ctx.store.certificates.findLinearizable(certificateId),
    ctx.store.evidence.latest(companyId, certificateId),
  ]);
  const own = requireShown(companyId, certificate);
  return { latest, made: latest?.state === 'made' && (await isUpToDate(ctx, own, latest)) };
}

function requireShown(companyId: string, certificate: Certificate | null): Certificate {
  if (certificate?.company_id !== companyId || certificate.data === 'removed') {
    throw new AppError('certificate_not_found');
  }
  return certificate;
}

async function isUpToDate(
  ctx: Context,
  certificate: Certificate,
  { shows, as_of, made_at, expires_at }: Evidence,
): Promise<boolean> {
  const now = ctx.now();
  if (!as_of || !made_at || !expires_at || expires_at <= now) return false;
  if (shows !== stateOf(certificate)) return false;
  const { ledger_ref: ref, company_id: companyId } = certificate;
  if (ref === undefined || now.getTime() - made_at.getTime() < FRESH_MS) return true;
  const window = { from: new Date(as_of.getTime() + 1), to: now };
  const limits = { after: null, limit: 1, ms: LOOK_MS };
  try {
    const checks = ctx.store.certificateChecks;
    return (await checks.pagesNaming(companyId, ref, window, limits)).length === 0;
  } catch (error) {
    // There is so much that there is sure to be something new.
    if (isOverTime(error)) return false;
    throw error;
  }
}

/** @throws a duplicate when another one has begun; AppError certificate_not_found, evidence_exceeded */
async function begin(
  { ctx, companyId, certificateId }: WantedEvidence,
  id: string,
  former: Evidence | null,
  session: Session,
): Promise<void> {
  const { certificates, companies, evidence } = ctx.store;
  // A clean-up commits before this or waits for it, and no two calls find the same room.
  await companies.guard(companyId, session);
  requireShown(companyId, await certificates.find(companyId, certificateId, session));
  await requireRoom(ctx, companyId, session);
  const now = ctx.now();
  if (former) await evidence.giveUp(former, new Date(now.getTime() + READ_ON_MS), session);
  await evidence.insert(
    {
      _id: id,
      company_id: companyId,
      certificate_id: certificateId,
      latest: true,
      state: 'pending',
      attempt: 0,
      bytes: 0,
      shows: null,
      as_of: null,
      made_at: null,
      expires_at: null,
      requested_at: now,
      enqueued_at: null,
    },
    session,
  );
}

async function requireRoom(ctx: Context, companyId: string, session: Session): Promise<void> {
  const { pending, bytes } = await ctx.store.evidence.countOf(companyId, session);
  if (pending >= MAX_PENDING) {
    throw new AppError('evidence_exceeded', { retryAfterSeconds: PENDING_RETRY_SECONDS });
  }
  if (bytes >= MAX_KEPT_BYTES) {
    throw new AppError('evidence_exceeded', { retryAfterSeconds: KEPT_RETRY_SECONDS });
  }
}
