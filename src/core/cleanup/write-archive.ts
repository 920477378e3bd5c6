import { createHash, randomBytes } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { certificateView, type CertificateView } from '../certificates/certificate-view';
import type { Context } from '../../context';
import type { Archive, Cleanup } from '../../store/cleanups';
import { judge } from './judge';
import { archiveId, verifyArchive } from './read-archive';
import { isOpen } from './remove-in-step';

/** A recording can be as big as a megabyte. */
const AT_A_TIME = 10;

/** A line of an archive. */
export interface ArchiveLine {
  certificate_id: string;
  /** Null if only the recording was removed. */
  certificate: CertificateView | null;
  /** Null if it had been removed before. */
  recording: { recorded_at: string; events_json: string } | null;
}

/**
 * The `archive` step: before anything is removed, what may go is written to a compressed file of
 * lines, and the file is read back. Each attempt has a file of its own, so that one still running
 * cannot corrupt the one that is kept.
 * @throws AppError archive_damaged when what is read is not what was written
 */
export async function writeArchive({
  ctx,
  cleanupId,
  signal,
}: {
  ctx: Context;
  cleanupId: string;
  signal: AbortSignal;
}): Promise<void> {
  const { cleanups, archives } = ctx.store;
  const cleanup = await narrowDown(ctx, cleanupId);
  if (!cleanup || !isOpen(cleanup, 'archive')) return;
  const lines = cleanup.subject_ids.length;
  let archive: Archive | null = null;
  if (lines > 0) {
    const id = archiveId(cleanupId, randomBytes(4).toString('hex'));
    if (!(await cleanups.addDraft(cleanupId, id))) return;
    archive = await write(ctx, cleanup, id, signal);
    await ctx.reach('cleanup.archive.written');
    await verifyArchive({ ctx, archive });
  }
  const result = { cleaned: archive?.lines ?? 0, at: ctx.now(), archive };
  const finished = await cleanups.finishStep(cleanupId, 'archive', result);
  if (!finished && archive) await archives.delete(archive.id);
  await ctx.reach('cleanup.archive.done');
}

/** Drops what may not go, so that it is not copied either. */
async function narrowDown(ctx: Context, cleanupId: string): Promise<Cleanup | null> {
  return ctx.store.transaction(async (session) => {
    const { cleanups } = ctx.store;
    const cleanup = await cleanups.find(cleanupId, session);
    if (!cleanup || !isOpen(cleanup, 'archive')) return cleanup;
    const { allowed } = await judge({ ctx, cleanup, now: ctx.now(), session });
    const dropped = cleanup.subject_ids.length - allowed.length;
    await cleanups.narrow(cleanupId, { subject_ids: allowed, dropped }, session);
    return { ...cleanup, subject_ids: allowed };
  });
}

async function write(
  ctx: Context,
  cleanup: Cleanup,
  id: string,
  signal: AbortSignal,
): Promise<Archive> {
  const hash = createHash('sha256');
  let lines = 0;
  const count = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      lines += 1;
      done(null, chunk);
    },
  });
  const file = ctx.store.archives.write(id);
  await pipeline(Readable.from(linesOf(ctx, cleanup)), count, createGzip(), file, { signal });
  const stored = await ctx.store.archives.find(id);
  return { id, sha256: hash.digest('hex'), lines, bytes: stored?.bytes ?? 0 };
}

/** One line at a time, with its end. */
async function* linesOf(
  ctx: Context,
  { company_id, subject, subject_ids }: Cleanup,
): AsyncGenerator<Buffer> {
  const { certificates, recordings, consents } = ctx.store;
  for (let from = 0; from < subject_ids.length; from += AT_A_TIME) {
    const ids = subject_ids.slice(from, from + AT_A_TIME);
    if (subject === 'consents') {
      const versions = await consents.findVersions(company_id, ids);
      for (const consent_id of ids) {
        const own = versions.filter((version) => version.consent_id === consent_id);
        yield Buffer.from(`${JSON.stringify({ consent_id, versions: own })}\n`);
      }
      continue;
    }
    const whole = subject === 'certificates' ? await certificates.findWhole(company_id, ids) : [];
    const certificateOf = new Map(whole.map((certificate) => [certificate._id, certificate]));
    const found = await recordings.findMany(company_id, ids);
    const recordingOf = new Map(found.map((recording) => [recording._id, recording]));
    for (const certificate_id of ids) {
      const certificate = certificateOf.get(certificate_id);
      const recording = recordingOf.get(certificate_id);
      const line: ArchiveLine = {
        certificate_id,
        certificate: certificate ? certificateView(certificate) : null,
        recording: recording
          ? {
              recorded_at: recording.recorded_at.toISOString(),
              events_json: recording.events_json,
            }
          : null,
      };
      yield Buffer.from(`${JSON.stringify(line)}\n`);
    }
  }
}
