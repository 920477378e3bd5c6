import { recordChange } from '../audit/record-change';
import { removedSessions } from '../identifiers/removed-ids';
import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import type { Session } from '../../store';
import type { Certificate } from '../../store/certificates';
import { canonicalContent, isSameContent } from './content';
import { newCertificate } from './new-certificate';
import { normalizeIdentifiers, olderFormsOf } from '../identifiers';
import { digestsOf, type PersonDigest } from '../identifiers/digests';
import { assertNotAhead } from '../suppressions/consent-time';
import { bornOptedOut } from '../revocations/born-opted-out';
import { recordEvents } from '../webhooks/record-events';
import { registerInTurn } from '../suppressions/in-turn';
import { objectionsAtBirth } from '../suppressions/objections';

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
  const registered = await registerInTurn({
    ctx,
    companyId,
    digests,
    work: (expectNone) => ctx.store.transaction((session) => register(expectNone, session)),
  });
  if (registered.created && registered.certificate.opt_out.revoke) {
    ctx.metrics.revocations.inc({ method: 'standing' });
    ctx.activity.countRevoked(companyId, 'standing', 1);
  }
  return registered;
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
  const { revoke } = certificate.opt_out;
  const data = { certificate_id: _id, created_timestamp: created_at, revoked: revoke };
  const told = [{ companyId, event: 'certificate.created' as const, at: created_at, data }];
  await recordEvents({ ctx, session, told });
}
