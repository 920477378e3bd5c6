import { changeEntry } from '../audit/record-change';
import type { Caller, Context } from '../../context';
import type { AuditEntry } from '../../store/audit-entries';
import type { Revocation } from '../../store/revocations';

/** The id of the audit entry of a request that only was remembered. */
export function rememberedEntryId(revocationId: string): string {
  return `${revocationId}.remembered`;
}

/** Its entry; where a request revokes something, the entry of that names it. */
export function rememberedEntry({
  ctx,
  caller,
  request,
}: {
  ctx: Context;
  caller: Caller;
  request: Pick<Revocation, '_id' | 'company_id' | 'method' | 'reason' | 'requested_at'>;
}): AuditEntry {
  const { _id, company_id: companyId, method, reason, requested_at: at } = request;
  const entryId = rememberedEntryId(_id);
  const change = {
    ctx,
    companyId,
    action: 'opt_out.remembered' as const,
    caller,
    entryId,
    reason,
    at,
  };
  return { ...changeEntry(change), method };
}
