import { recordChange } from '../audit/record-change';
import { removedSessions } from '../identifiers/removed-ids';
import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { newId } from '../../lib/random-ids';
import { matchHash } from '../verification/find-consent';
import type { Session } from '../../store';
import type { Certificate } from '../../store/certificates';
import { canonicalContent, contentHash, isSameContent } from './content';
import {
  identifierHashes,
  isBlank,
  normalizeIdentifiers,
  type NormalIdentifiers,
  olderFormsOf,
} from '../identifiers';
import { digestsOf, type PersonDigest } from '../identifiers/digests';
import { newOptOut } from '../revocations/new-opt-out';
import { assertNotAhead, consentTime } from '../suppressions/consent-time';
import { bornOptedOut } from '../revocations/born-opted-out';
import { registerInTurn } from '../suppressions/in-turn';
import { objectionsAtBirth } from '../suppressions/objections';

const MAX_ID_CHARACTERS = 200;
/** 132 bits in base64url. */
const ID_HASH_CHARACTERS = 22;

export interface CaptureInput {
  session_id: string;
  email?: string | null | undefined;
  mobile?: string | null | undefined;
  origin: string;
  /** A consent without a time counts as given when it was captured. */
  consents: { type: string; text: string; given_at?: Date | undefined }[];
  /** Anything that JSON can carry. */
  events?: unknown;
}

export interface Registration {
  ctx: Context;
  companyId: string;
  /** The secret property id, as its owner sent it. */
  propertyId: string;
  caller: Caller;
  input: CaptureInput;
}

/**
 * Registers what a consumer consented to during a session: certificate, recording and audit entry
 * in one transaction. The same content again gives the existing certificate, whatever has become of
 * it since; nothing here ever touches an opt-out. Consent that is no newer than a remembered opt-out
 * of the person is revoked from birth.
 * @throws AppError property_not_found; invalid_request naming `email`, `mobile`, `events`, or a
 * `given_at` that lies more than five minutes ahead;
 * certificate_conflict when the session has a certificate with different content; opted_out or
 * certificate_removed when the company's clean-up policy has removed that certificate
 */
export async function registerCertificate(
  registration: Registration,
): Promise<{ certificate: Certificate; created: boolean }> {
  const { ctx, companyId, propertyId, input } = registration;
  const property = await ctx.store.credentials.findProperty(companyId, propertyId);
  if (!property) throw new AppError('property_not_found');
  input.consents.forEach(({ given_at: givenAt }, i) => {
    assertNotAhead({ ctx, givenAt, field: `consents.${String(i)}.given_at` });
  });
  const identifiers = normalizeIdentifiers(input);
  const events = input.events ?? {};
  const contentWith = (email: string | null): string =>
    canonicalContent({
      email,
      mobile: identifiers.mobile,
      property_ref: property._id,
      origin: input.origin,
      consents: input.consents,
      events,
    });
  const canonical = contentWith(identifiers.email);
  const certificate = newCertificate(registration, property._id, identifiers, canonical);
  const digests = digestsOf(identifiers);
  const register = async (expectNone: boolean, session: Session) => {
    const sessionId = input.session_id;
    const names = [sessionId, ...removedSessions({ ctx, companyId, sessionId })];
    const known = await ctx.store.certificates.findBySession(companyId, names, session);
    if (known) {
      const older = olderFormsOf(identifiers).map(contentWith);
      return { certificate: sameAs(ctx, known, [canonical, ...older]), created: false };
    }
    const born = await heed(registration, certificate, { digests, expectNone }, session);
    await insert(registration, born, JSON.stringify(events), session);
    return { certificate: born, created: true };
  };
  return registerInTurn({
    ctx,
    companyId,
    digests,
    work: (expectNone) => ctx.store.transaction((session) => register(expectNone, session)),
  });
}

/**
 * The certificate that a session has.
 * @param contents any of which it may have been registered with
 * @throws AppError certificate_conflict, opted_out, certificate_removed
 */
function sameAs(ctx: Context, known: Certificate, contents: string[]): Certificate {
  if (known.data === 'removed') {
    throw new AppError(known.opt_out.revoke ? 'opted_out' : 'certificate_removed');
  }
  const isSame = contents.some((canonical) =>
    isSameContent({ ctx, canonical, storedHash: known.content_hash }),
  );
  if (!isSame) throw new AppError('certificate_conflict');
  return known;
}

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
  return {
    _id: certificateId(ctx, companyId, input.session_id, canonical),
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
    ledger_ref: newId('crt'),
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

/** The certificate as remembered opt-outs make it. */
async function heed(
  { ctx, companyId, caller }: Registration,
  certificate: Certificate,
  person: { digests: PersonDigest[]; expectNone: boolean },
  session: Session,
): Promise<Certificate> {
  const { created_at, consented_at: consentedAt = created_at } = certificate;
  const channels = await objectionsAtBirth({ ctx, session, companyId, consentedAt, ...person });
  await ctx.reach('certificate.heeding');
  return bornOptedOut({ ctx, session, certificate, channels, caller });
}

async function insert(
  { ctx, companyId, caller }: Registration,
  certificate: Certificate,
  eventsJson: string,
  session: Session,
): Promise<void> {
  const { _id, session_id, created_at } = certificate;
  await ctx.store.certificates.insert(certificate, session);
  await ctx.store.recordings.insert(
    { _id, company_id: companyId, session_id, events_json: eventsJson, recorded_at: created_at },
    session,
  );
  await recordChange({
    ctx,
    session,
    companyId,
    action: 'certificate.created',
    caller,
    entryId: `created:${_id}`,
    certificates: [_id],
    at: created_at,
  });
}
