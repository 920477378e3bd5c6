import type { Context } from '../../context';
import { commitmentTo } from '../../lib/commitments';
import { type RequestKey, requestEntryId } from '../portal/request-key';
import type { Receipt } from './receipt';
import { receiptOfEntry } from './receipt-of-entry';

/**
 * The receipt of a request at the portal, for whoever has made it: that a request for this identifier
 * was recorded at this time, and which consents it withdrew, where the person had shown who they are.
 * Whether any others were found it does not say.
 * @returns null while it is not in the log yet
 */
export async function requestReceipt({
  ctx,
  key: { reference, salt, identifier },
}: {
  ctx: Context;
  key: RequestKey;
}): Promise<Receipt | null> {
  const [entry] = await ctx.store.audit.findMany([requestEntryId(reference)]);
  const opening = { salt, value: identifier };
  if (entry?.requested?.identifier !== commitmentTo(opening)) return null;
  return receiptOfEntry({ ctx, region: 'default', entry, also: { identifier: opening } });
}
