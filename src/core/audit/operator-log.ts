import { derivedId } from '../../lib/derived-ids';
import type { AuditEntry } from '../../store/audit-entries';

/** Stands for the operator where a company is needed; no company id begins with a colon. */
export const OPERATOR_LOG = ':operator';

/**
 * The entry in the operators' own log for what an operator changed at a company. It only says where
 * the company's entry is, so that whatever names a person goes from both logs at once.
 * @returns null for what others did, and for what is in the operators' log anyway
 */
export function operatorsCopy(entry: AuditEntry): AuditEntry | null {
  const { _id, company_id, at, action, method, actor, ip } = entry;
  if (actor.type !== 'operator' || company_id === OPERATOR_LOG) return null;
  return {
    _id: derivedId('opa', [_id]),
    company_id: OPERATOR_LOG,
    at,
    action,
    method,
    actor,
    reason: null,
    certificates: [],
    ip,
    about: { company_id, entry_id: _id },
  };
}
