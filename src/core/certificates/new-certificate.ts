import type { Context } from '../../context';
import { newLedgerRef } from '../../store/ledger-refs';
import type { Certificate } from '../../store/certificates';
import { identifierHashes, isBlank, type NormalIdentifiers } from '../identifiers';
import { newOptOut } from '../revocations/new-opt-out';
import { consentTime } from '../suppressions/consent-time';
import { matchHash } from './find-consent';
import { contentHash } from './content';
import type { Registration } from './register-certificate';

const MAX_ID_CHARACTERS = 200;
/** 132 bits in base64url. */
const ID_HASH_CHARACTERS = 22;

/**
 * The certificate of a registration, given now.
 * @param propertyRef the property's public reference
 * @param canonical its content; see `canonicalContent`
 */
export function newCertificate(
  { ctx, companyId, input }: Registration,
  propertyRef: string,
  identifiers: NormalIdentifiers,
  canonical: string,
): Certificate {
  const now = ctx.now();
  const id = certificateId(ctx, companyId, input.session_id, canonical);
  return {
    _id: id,
    company_id: companyId,
    property_ref: propertyRef,
    session_id: input.session_id,
    email: isBlank(input.email) ? null : input.email.trim(),
    mobile: identifiers.mobile,
    ...identifierHashes({ ctx, identifiers }),
    email_search: identifiers.email,
    origin: input.origin,
    consents: input.consents.map(({ type, text, given_at }) => ({
      type,
      text,
      given_at: given_at ?? now,
      match_hash: matchHash(text),
    })),
    content_hash: contentHash({ ctx, canonical }),
    created_at: now,
    consented_at: consentTime(
      now,
      input.consents.map(({ given_at }) => given_at),
    ),
    opt_out: newOptOut(null),
    retained_until: null,
    session_retained_until: null,
    retention_requests: 0,
    data: 'full',
    cleaned_at: null,
    ...newLedgerRef(id),
  };
}

/** `EC-<session>-<hash>`; the hash is keyed, so that an id can be neither guessed nor traced back. */
function certificateId(
  ctx: Context,
  companyId: string,
  sessionId: string,
  canonical: string,
): string {
  const hash = ctx.identifiers
    .current('certificate-id', JSON.stringify([companyId, sessionId, canonical]))
    .slice(0, ID_HASH_CHARACTERS);
  const readable = sessionId
    .replace(/[^A-Za-z0-9._~-]/g, '_')
    .slice(0, MAX_ID_CHARACTERS - ID_HASH_CHARACTERS - 'EC--'.length);
  return `EC-${readable}-${hash}`;
}
