import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { distinct } from '../../lib/distinct';
import { isUnavailable } from '../../store';
import { findOrRemoved, removedIds } from '../identifiers/removed-ids';
import type { Archive } from '../../store/cleanups';

const ARCHIVE_PREFIX = 'arc_';
const CLEANUP_PREFIX = 'cln_';
/** 128 bits in base64url. */
const RANDOM_CHARACTERS = 22;

/** The id of an attempt to write the archive of a clean-up; it contains the id of the clean-up. */
export function archiveId(cleanupId: string, attempt: string): string {
  return ARCHIVE_PREFIX + cleanupId.slice(CLEANUP_PREFIX.length) + attempt;
}

/**
 * The lines of an archive, or those of one certificate or consent wherever it was archived. Nothing
 * is returned before the checksum of the whole archive has been verified.
 * @param id of an archive, a certificate or a consent
 * @throws AppError archive_not_found, archive_damaged
 */
export async function* readArchive({
  ctx,
  id,
}: {
  ctx: Context;
  id: string;
}): AsyncGenerator<string> {
  const isArchive = id.startsWith(ARCHIVE_PREFIX);
  const archives = isArchive ? [await findArchive(ctx, id)] : await archivesOf(ctx, id);
  for (const archive of archives) {
    await verifyArchive({ ctx, archive });
    const lines = createInterface({ input: Readable.from(contents(ctx, archive)) });
    for await (const line of lines) if (isArchive || isOf(ctx, line, id)) yield line;
  }
}

/**
 * Verifies an archive by reading it from its first byte to its last.
 * @throws AppError archive_damaged when it is not what was written
 */
export async function verifyArchive({
  ctx,
  archive,
}: {
  ctx: Context;
  archive: Archive;
}): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of contents(ctx, archive)) hash.update(chunk);
  if (hash.digest('hex') !== archive.sha256) throw new AppError('archive_damaged');
}

async function* contents(ctx: Context, { id, bytes }: Archive): AsyncGenerator<Buffer> {
  const file = ctx.store.archives.read(id, bytes);
  const text = createGunzip();
  file.on('error', (error) => text.destroy(error));
  try {
    for await (const chunk of file.pipe(text)) yield chunk as Buffer;
  } catch (error) {
    if (isUnavailable(error)) throw error;
    throw new AppError('archive_damaged');
  } finally {
    file.destroy();
    text.destroy();
  }
}

async function archivesOf(ctx: Context, id: string): Promise<Archive[]> {
  const certificate = await findOrRemoved({
    id,
    removed: (gone) => removedIds({ ctx, id: gone }),
    find: ctx.store.certificates.findLinearizable,
  });
  const { recording_archive_id, archive_id } = certificate ?? {};
  const consentArchive = certificate ? null : await ctx.store.consents.archiveOf(id);
  const known = [recording_archive_id, archive_id, consentArchive];
  const ids = distinct(known).filter((one) => typeof one === 'string');
  if (ids.length === 0) throw new AppError('archive_not_found');
  return Promise.all(ids.map((one) => findArchive(ctx, one)));
}

async function findArchive(ctx: Context, id: string): Promise<Archive> {
  const from = ARCHIVE_PREFIX.length;
  const cleanupId = CLEANUP_PREFIX + id.slice(from, from + RANDOM_CHARACTERS);
  const cleanup = await ctx.store.cleanups.find(cleanupId);
  if (cleanup?.archive?.id !== id) throw new AppError('archive_not_found');
  return cleanup.archive;
}

function isOf(ctx: Context, line: string, id: string): boolean {
  const { certificate_id, consent_id } = JSON.parse(line) as Record<string, unknown>;
  const named = certificate_id ?? consent_id;
  return named === id || removedIds({ ctx, id: String(named) }).includes(id);
}
