// No collection: how ledger and log name certificates.
import { commitmentTo, newSaltSecret } from '../lib/commitments';
import type { Certificate } from './certificates';

const PREFIX = 'crt_';

/** A name for a certificate that tells nothing of it without the salt. */
export function newLedgerRef(
  certificateId: string,
): Required<Pick<Certificate, 'ledger_ref' | 'ledger_salt'>> {
  const salt = newSaltSecret();
  return { ledger_ref: PREFIX + commitmentTo({ salt, value: certificateId }), ledger_salt: salt };
}

/** The commitment to a certificate's id that its name is. */
export function commitmentIn(ledgerRef: string): string {
  return ledgerRef.slice(PREFIX.length);
}
