import { commitmentTo, newSaltSecret } from '../../lib/commitments';
import type { AskedContact } from '../contacts/contact';

/** By which a contact check can be shown to be about somebody. */
interface ContactCommitment {
  /** Stands in the ledger, and tells nothing: not even that two checks are about the same person. */
  commitment: string;
  /** Only whoever asked is told it, as a part of the receipt's id. */
  salt: string;
}

/** Commits to whom a contact check is about. */
export function commitToContact(contact: Pick<AskedContact, 'identifiers'>): ContactCommitment {
  const salt = newSaltSecret();
  return { salt, commitment: commitmentTo({ salt, value: contactText(contact) }) };
}

/** The people of a contact check as a receipt names them: kinds and SHA-256 in hexadecimal digits. */
export function contactText({ identifiers }: Pick<AskedContact, 'identifiers'>): string {
  return identifiers
    .map(({ kind, sha256 }) => `${kind}:${Buffer.from(sha256, 'binary').toString('hex')}`)
    .sort()
    .join(' ');
}
