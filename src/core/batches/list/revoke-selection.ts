import { bulkBatchId } from '../../idempotency/operation-ids';
import { revokeInBulk } from './revoke-in-bulk';
import { batchView, type BatchView } from '../batch-view';
import { revokeLongList } from './revoke-long-list';
import type { Context } from '../../../context';
import { AppError } from '../../../errors';
import { MAX_CERTIFICATES_PER_REQUEST } from '../../revocations/count-flagged';
import {
  type CertificateFilter,
  matchingCertificates,
} from '../../certificates/search-certificates';
import type { DashboardUser } from '../../users/session';

/** What is to be revoked: ticked rows, or everything that matches, as it was counted. */
export type Selection =
  { ids: string[] } | { wish: CertificateFilter; count: number; fingerprint: string };

/** Its batch; `isDone`: every flag is on a majority, else a worker sets them. */
export interface SelectionResult {
  batch: BatchView;
  isDone: boolean;
}

/**
 * Revokes a selection: up to 10,000 at once, every flag on a majority before it returns. A longer
 * one is stored as a list of ids and left to a worker.
 * @param selectionId names the selection: confirming it again finishes what was recorded
 * @throws AppError selection_changed when what matches now is not what was counted; what
 * `revokeInBulk` and `revokeLongList` throw
 */
export async function revokeSelection({
  ctx,
  by,
  selection,
  selectionId,
  reason,
}: {
  ctx: Context;
  by: DashboardUser;
  selection: Selection;
  selectionId: string;
  reason: string | null;
}): Promise<SelectionResult> {
  const companyId = by.company.company_id;
  const named = { companyId, operationId: `dashboard:${by.user.user_id}:${selectionId}` };
  const known = await ctx.store.batches.find(bulkBatchId(named));
  if (known?.upload) return { batch: batchView(known, ctx.now()), isDone: false };
  // What was confirmed before no longer matches, as it is revoked.
  const certificateIds = known ? [] : await idsOf(ctx, companyId, selection);
  const request = { ctx, ...named, certificateIds, reason, caller: by.caller };
  if (certificateIds.length > MAX_CERTIFICATES_PER_REQUEST) {
    return { batch: batchView(await revokeLongList(request), ctx.now()), isDone: false };
  }
  const { batch } = await revokeInBulk(request);
  return { batch: batchView(batch, ctx.now()), isDone: true };
}

async function idsOf(ctx: Context, companyId: string, selection: Selection): Promise<string[]> {
  if ('ids' in selection) return selection.ids;
  const { wish, count, fingerprint } = selection;
  const now = await matchingCertificates({ ctx, companyId, wish });
  const same = now.fingerprint === fingerprint && now.ids.length === count && !now.tooMany;
  if (!same) throw new AppError('selection_changed');
  return now.ids;
}
