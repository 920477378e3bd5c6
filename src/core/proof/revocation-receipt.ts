import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Region } from '../../store/regions';
import { findByReference } from '../references/find-by-reference';
import type { Receipt } from './receipt';
import { receiptOfEntry } from './receipt-of-entry';

/**
 * The receipt of a request to revoke, for the company that it was made to.
 * @param reference a reference number of the portal, or the id of a revocation
 * @param certificateId which of its certificates is shown; undefined: all that the first of its
 *   entries names, at most 1,000
 * @returns null while it is not in the log yet
 * @throws AppError revocation_not_found, also when it did not concern the company or the certificate
 */
export async function revocationReceipt({
  ctx,
  region = 'default',
  companyId,
  reference,
  certificateId,
}: {
  ctx: Context;
  /** Where the request was recorded. */
  region?: Region;
  companyId: string;
  reference: string;
  certificateId?: string | undefined;
}): Promise<Receipt | null> {
  const found = await findByReference({ ctx, region, companyId, text: reference });
  if (!found) throw new AppError('revocation_not_found');
  const { revocations, consents } = found;
  const ids = [...revocations, ...consents].map(({ _id }) => _id);
  const entry = await ctx.store.regions[region].audit.ofRequests(companyId, ids, certificateId);
  // Its entry follows within moments.
  if (!entry && certificateId === undefined) return null;
  if (!entry) throw new AppError('revocation_not_found');
  return receiptOfEntry({ ctx, region, entry, shown: certificateId });
}
