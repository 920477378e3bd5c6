import { commitChange, type Completion } from '../idempotency/commit-change';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { REPEATED_WITHIN_MS } from '../idempotency/made-by-form';
import { derivedId } from '../../lib/derived-ids';
import type { Batch } from '../../store/batches';
import type { Channel } from '../../store/certificates';
import { fewerThanAll } from '../revocations/channels';
import { type Asked, newScrub } from './scrub/new-scrub';
import type { StoredUpload } from './store-upload';
import { requireStoredWithinLimit } from './upload-limits';
import { uploadExpiry } from './upload-expiry';

/** A stored file, and what to do with it. */
interface AcceptedFile {
  ctx: Context;
  stored: StoredUpload;
  dryRun: boolean;
  reason?: string | undefined;
  /** What rows opt out of that do not say it themselves; left out, or all three: everything. */
  channels?: Channel[] | undefined;
  /** For a scrub: what is asked about each row. */
  asked?: Asked | undefined;
  completion?: Completion<Batch> | undefined;
}

/**
 * Makes a stored file a batch: from here on it will be processed, whatever dies.
 * @param operationId names the form that was sent: sent twice with the same file and reason it is one
 *   batch, for ten minutes and unless that was cancelled; of files by channel also with the same channels
 * @returns the batch; where it is that of the same form, it has another id than the stored file
 * @throws AppError unavailable when the file has already been discarded, stored_uploads_exceeded
 */
export async function acceptCsv({
  companyId,
  operationId,
  ...file
}: AcceptedFile & { companyId: string; operationId?: string | undefined }): Promise<Batch> {
  if (operationId === undefined) return accept(file);
  const { ctx, stored, dryRun, reason, asked } = file;
  const channels = fewerThanAll(file.channels);
  const more = asked ? [asked.channel, asked.consentType] : channels ? [channels.join(' ')] : [];
  const formKey = derivedId('frm', [operationId, stored.sha256, dryRun, reason, ...more]);
  try {
    return await accept(file, formKey);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'already_exists') throw error;
    const first = await ctx.store.batches.findByForm(companyId, formKey);
    const goodSince = ctx.now().getTime() - REPEATED_WITHIN_MS;
    const isSame = first && first.state !== 'cancelled' && first.created_at.getTime() >= goodSince;
    return isSame ? first : accept(file);
  }
}

async function accept(
  {
    ctx,
    stored: { batchId, ...inspected },
    dryRun,
    reason,
    asked,
    completion,
    ...given
  }: AcceptedFile,
  formKey?: string,
): Promise<Batch> {
  const channels = fewerThanAll(given.channels);
  const accepted = await commitChange({
    ctx,
    completion,
    change: async (session) => {
      const now = ctx.now();
      const change: Partial<Batch> = {
        state: 'queued',
        open: true,
        requested_at: now,
        dry_run: dryRun,
        reason: reason ?? null,
        ...(channels && { channels }),
        ...(asked && { scrub: newScrub(asked) }),
        ...(formKey !== undefined && { form_key: formKey }),
        position: inspected.data,
        upload: { file_id: batchId, ...inspected },
        upload_expires_at: uploadExpiry({ ctx, from: now }),
      };
      const batch = await ctx.store.batches.accept(batchId, change, session);
      if (!batch) throw new AppError('unavailable');
      await requireStoredWithinLimit({ ctx, companyId: batch.company_id, session });
      return batch;
    },
  });
  await ctx.reach('upload.accepted');
  ctx.outbox.recorded('batches', batchId);
  return accepted;
}
