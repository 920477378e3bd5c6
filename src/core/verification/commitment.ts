import { randomBytes } from 'node:crypto';
import type { Context } from '../../context';
import type { AskedContact } from '../contacts/contact';

const NONCE_BYTES = 16;

/**
 * What the ledger says of whom a contact check was about: nothing to whoever reads it, not even that two
 * lines are about the same person. With the keys of the service and the identifiers it can be shown.
 * @returns a random nonce and, after a dot, a keyed hash of it and of the identifiers' SHA-256
 */
export function commitmentTo({ ctx, contact }: { ctx: Context; contact: AskedContact }): string {
  const nonce = randomBytes(NONCE_BYTES).toString('base64url');
  return `${nonce}.${ctx.identifiers.current('contact-commitment', committed(nonce, contact))}`;
}

/** Whether a line of the ledger is about this contact. */
export function isCommittedTo({
  ctx,
  contact,
  commitment,
}: {
  ctx: Context;
  contact: AskedContact;
  commitment: string;
}): boolean {
  const [nonce = '', hash = ''] = commitment.split('.');
  return ctx.identifiers.all('contact-commitment', committed(nonce, contact)).includes(hash);
}

function committed(nonce: string, { identifiers }: AskedContact): string {
  const people = identifiers.map(({ kind, sha256 }) => {
    return `${kind}:${Buffer.from(sha256, 'binary').toString('base64url')}`;
  });
  return [nonce, ...people.sort()].join('\0');
}
