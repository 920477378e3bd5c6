import type { LedgerKind } from '../../store/ledger';
import { LINE_KINDS } from '../verification/lines-for';

/** What the ledger calls checks. */
export const CHECK_KINDS: LedgerKind[] = Object.values(LINE_KINDS);

/** Whether movements of this kind are checks, each of which was answered. */
export function isCheck(kind: LedgerKind): boolean {
  return CHECK_KINDS.includes(kind);
}
