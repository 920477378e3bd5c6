import { AppError } from '../../errors';
import { type BatchRef, requireBatch } from '../batches/require-batch';
import type { Receipt } from './receipt';
import { receiptOfEntry } from './receipt-of-entry';

/**
 * The receipt of a scrub: how many rows were answered, how many may be contacted, and the SHA-256 of the
 * result for as long as we keep that.
 * @returns null while it is not in the log yet
 * @throws AppError scrub_not_found; scrub_unanswered; receipt_not_found: an earlier release answered it
 */
export async function scrubReceipt(ref: BatchRef): Promise<Receipt | null> {
  const { ctx } = ref;
  const {
    _id,
    open,
    scrub,
    company_id: companyId,
  } = await requireBatch({ ...ref, kind: 'scrubs' });
  if (open || (scrub?.result_bytes ?? 0) === 0) throw new AppError('scrub_unanswered');
  const entry = await ctx.store.audit.findAnswered(companyId, _id);
  if (!entry) throw new AppError('receipt_not_found');
  return receiptOfEntry({ ctx, region: 'default', entry });
}
