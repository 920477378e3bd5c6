import { sha256 } from '../../lib/identifier-hasher';
import { derivedBytes } from '../../lib/derived-ids';
import type { PersonIdentifier } from './identifier';

const SALT_BYTES = 16;

/**
 * What opens the log's record of a request at the portal. We keep neither salt nor identifier: only
 * the link to the last page has them, so that nothing here ever tells who made the request.
 */
export interface RequestKey {
  /** The reference number. */
  reference: string;
  /** Base64url. */
  salt: string;
  /** Kind and SHA-256 in hexadecimal digits. */
  identifier: string;
}

/**
 * The key of a request; the same for each repeat.
 * @param requestId a secret: the salt follows from it
 * @param identifier as it was typed, not as it is stored: that would tell whether it is
 */
export function requestKeyOf({
  reference,
  requestId,
  identifier: { kind, value },
}: {
  reference: string;
  requestId: string;
  identifier: PersonIdentifier;
}): RequestKey {
  const salt = derivedBytes(['salt', requestId]).subarray(0, SALT_BYTES).toString('base64url');
  const digest = Buffer.from(sha256(value), 'binary').toString('hex');
  return { reference, salt, identifier: `${kind}:${digest}` };
}

/** The audit entry of a request. */
export function requestEntryId(reference: string): string {
  return `${reference}.requested`;
}
