import type { Context } from '../../../context';
import type { Session } from '../../../store';
import type { Batch } from '../../../store/batches';
import { changeEntry } from '../../audit/record-change';

/**
 * Writes to the audit how many rows of a batch were remembered, as it ends. One that failed and is
 * resumed gets another entry when it ends again; repeating it changes nothing.
 */
export async function recordRemembered({
  ctx,
  batch,
  session,
}: {
  ctx: Context;
  batch: Batch;
  /** The transaction that closes it. */
  session: Session;
}): Promise<void> {
  const { _id, company_id: companyId, actor, ip, method, rows_read, remembered = 0 } = batch;
  if (remembered === 0) return;
  // A cancelled one has read ahead of the rows that it counts.
  const of = batch.state === 'cancelled' ? '' : ` of ${String(rows_read)}`;
  const entry = changeEntry({
    ctx,
    companyId,
    action: 'opt_out.remembered',
    caller: { actor, ip },
    entryId: `${_id}.remembered.${String(rows_read)}`,
    reason: `${_id}: ${String(remembered)}${of} rows remembered`,
  });
  await ctx.store.audit.append({ ...entry, method }, session);
}
