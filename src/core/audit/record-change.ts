import type { Caller, Context } from '../../context';
import { newId } from '../../lib/random-ids';
import type { Session } from '../../store';
import type { AuditAction } from '../../store/audit-actions';
import type { AuditEntry } from '../../store/audit-entries';
import { assertFitsEntry } from './assert-fits-entry';
import { operatorsCopy } from './operator-log';

export interface Change {
  ctx: Context;
  /** The transaction that makes the change: both happen or neither. */
  session: Session;
  companyId: string;
  /** What happened, for example `token.created`. */
  action: AuditAction;
  caller: Caller;
  /** Given where a retry must write the same entry; otherwise a new id. */
  entryId?: string | undefined;
  /** Certificates that changed, at most 1,000. */
  certificates?: string[] | undefined;
  /** Consents of the Attestr and Baanx dialects that changed, at most 1,000. */
  consents?: string[] | undefined;
  reason?: string | null | undefined;
  at?: Date | undefined;
}

/**
 * Records in the audit log who made a change, when, and from which IP; what an operator changes at a
 * company, in the operators' log too.
 * @throws RangeError when it names more than 1,000 certificates or consents
 */
export async function recordChange(change: Change): Promise<void> {
  const { ctx, session } = change;
  const entry = changeEntry(change);
  const copy = operatorsCopy(entry);
  await ctx.store.audit.append(entry, session);
  if (copy) await ctx.store.audit.append(copy, session);
}

/**
 * The audit entry of a change.
 * @throws RangeError when it names more than 1,000 certificates or consents
 */
export function changeEntry(change: Omit<Change, 'session'>): AuditEntry {
  const { ctx, caller, certificates = [], consents } = change;
  assertFitsEntry(certificates);
  assertFitsEntry(consents ?? []);
  return {
    _id: change.entryId ?? newId('aud'),
    company_id: change.companyId,
    at: change.at ?? ctx.now(),
    action: change.action,
    method: null,
    actor: caller.actor,
    reason: change.reason ?? null,
    certificates,
    ...(consents && { consents }),
    ip: caller.ip,
  };
}
