import { recordChange } from '../audit/record-change';
import type { Context } from '../../context';
import type { Batch } from '../../store/batches';
import { resultFileId } from '../../store/batch-scrub';
import { loadHolds } from '../legal-holds/load-holds';
import { isOpen, SYSTEM } from './remove-in-step';

/**
 * The `uploads` step. First the uploads are marked as deleted, which is the point of no return; then
 * the files go, with what was remembered of their rows; then the audit entry is written.
 */
export async function removeUploads({
  ctx,
  cleanupId,
}: {
  ctx: Context;
  cleanupId: string;
}): Promise<void> {
  const batchIds = await giveUp(ctx, cleanupId);
  await ctx.reach('cleanup.uploads.decided');
  for (const batch of await ctx.store.batches.findMany(batchIds)) await removeUpload(ctx, batch);
  await ctx.reach('cleanup.uploads.removed');
  await ctx.store.transaction(async (session) => {
    const { cleanups } = ctx.store;
    const cleanup = await cleanups.find(cleanupId, session);
    if (!cleanup || !isOpen(cleanup, 'uploads')) return;
    const now = ctx.now();
    if (batchIds.length > 0) {
      await recordChange({
        ctx,
        session,
        companyId: cleanup.company_id,
        action: 'upload.deleted',
        caller: SYSTEM,
        entryId: `${cleanupId}.uploads`,
        reason: `UPLOAD_DAYS ${String(ctx.config.uploadDays)}: ${batchIds.join(', ')}`,
        at: now,
      });
    }
    const result = { cleaned: batchIds.length, at: now };
    await cleanups.finishStep(cleanupId, 'uploads', result, session);
    await ctx.reach('cleanup.uploads.committing');
  });
  await ctx.reach('cleanup.uploads.done');
}

/** Decides, once, which uploads go: those that no legal hold keeps and no batch needs again. */
async function giveUp(ctx: Context, cleanupId: string): Promise<string[]> {
  return ctx.store.transaction(async (session) => {
    const { cleanups, companies, batches } = ctx.store;
    const cleanup = await cleanups.find(cleanupId, session);
    if (!cleanup) return [];
    const { company_id, subject_ids, decided_at } = cleanup;
    if (decided_at) return subject_ids;
    const now = ctx.now();
    await companies.guard(company_id, session);
    const holds = await loadHolds({ ctx, companyId: company_id, session });
    const ids = holds.all ? [] : await batches.giveUpUploads(company_id, subject_ids, now, session);
    const dropped = subject_ids.length - ids.length;
    await cleanups.narrow(cleanupId, { subject_ids: ids, dropped }, session, { decided_at: now });
    return ids;
  });
}

async function removeUpload(ctx: Context, { _id, kind, upload, run }: Batch): Promise<void> {
  const { uploads, batchRows, audit } = ctx.store;
  if (upload) await uploads.delete(upload.file_id);
  if (kind === 'scrubs') {
    await uploads.delete(resultFileId(_id));
    await audit.forgetResult(_id);
  }
  for (let earlier = 0; earlier <= run; earlier++) {
    await batchRows.forgetErrors(_id, earlier);
    await batchRows.forgetClaims(_id, earlier);
  }
}
