import { revokeInBulk } from '../batches/revoke-in-bulk';
import type { Context } from '../context';
import { AppError } from '../errors';
import { MAX_CERTIFICATES_PER_REQUEST } from '../revocations/carry-out-revocation';
import { errorForLog } from '../telemetry/logger';
import { type CertificateWish, matchingCertificates } from './search-certificates';
import type { DashboardUser } from './session';

/** What is to be revoked: rows that were ticked, or all that match as they were counted. */
export type Selection =
  { ids: string[] } | { wish: CertificateWish; count: number; fingerprint: string };

/** What has become of a selection. */
export interface SelectionResult {
  batchIds: string[];
  revoked: number;
  alreadyRevoked: number;
  notFound: number;
  /** Not reached, as something failed on the way: these are as they were. */
  left: number;
}

/**
 * Revokes a selection, every flag on a majority before it returns; more than 10,000 go as several
 * bulk requests, one after the other.
 * @param selectionId names the selection: confirming it again finishes what was recorded
 * @throws AppError selection_changed when all that match are others than were counted; what the
 * first bulk request throws
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
  const companyId = by.company._id;
  const ids = 'ids' in selection ? selection.ids : await stillMatching(ctx, companyId, selection);
  const total: SelectionResult = {
    ...{ batchIds: [], revoked: 0, alreadyRevoked: 0, notFound: 0, left: ids.length },
  };
  while (total.left > 0) {
    const from = ids.length - total.left;
    const part = ids.slice(from, from + MAX_CERTIFICATES_PER_REQUEST);
    try {
      const { batch, notFound } = await revokeInBulk({
        ...{ ctx, companyId, certificateIds: part, reason, caller: by.caller },
        operationId: `dashboard:${by.user._id}:${selectionId}:${from}`,
      });
      total.batchIds.push(batch._id);
      total.revoked += batch.revoked;
      total.alreadyRevoked += batch.already_revoked;
      total.notFound += notFound.length;
      total.left -= part.length;
    } catch (error) {
      if (total.batchIds.length === 0) throw error;
      ctx.log.error({ left: total.left, error: errorForLog(error) }, 'selection not finished');
      break;
    }
  }
  return total;
}

async function stillMatching(
  ctx: Context,
  companyId: string,
  { wish, count, fingerprint }: Exclude<Selection, { ids: string[] }>,
): Promise<string[]> {
  const now = await matchingCertificates({ ctx, companyId, wish });
  const same = now.fingerprint === fingerprint && now.ids.length === count && !now.tooMany;
  if (!same) throw new AppError('selection_changed');
  return now.ids;
}
