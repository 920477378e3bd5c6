import type { Context } from '../../context';
import type { Session } from '../../store';
import type { OperatorsAction } from '../../store/audit-actions';
import type { Region } from '../../store/regions';
import { OPERATOR_LOG } from '../audit/operator-log';
import { changeEntry } from '../audit/record-change';

/**
 * Records in the operators' log what an operator does to the log of a region. That of another region
 * is in another database: the entry is there before the change is, and not without it for long.
 * @param session the transaction of the region's database that makes the change
 * @param entryId the same when the transaction is tried again
 */
export async function recordLogChange({
  ctx,
  session,
  region,
  entryId,
  action,
  reason,
}: {
  ctx: Context;
  session: Session;
  region: Region;
  entryId: string;
  action: OperatorsAction;
  reason: string;
}): Promise<void> {
  // From a shell on the machine: nobody has signed in.
  const caller = { actor: { type: 'operator', id: null }, ip: null } as const;
  const entry = changeEntry({ ctx, companyId: OPERATOR_LOG, action, caller, reason, entryId });
  await ctx.store.audit.append(entry, region === 'default' ? session : undefined);
}
