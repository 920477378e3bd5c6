import type { Caller, Context } from '../../src/context';
import { canonicalContent } from '../../src/core/certificates/content';
import { newCertificate } from '../../src/core/certificates/new-certificate';
import type { CaptureInput } from '../../src/core/certificates/register-certificate';
import { DEMO_CERTIFICATES, demoSession } from '../../src/core/credentials/find-demo';
import { normalizeIdentifiers } from '../../src/core/identifiers';
import type { Certificate } from '../../src/store/certificates';
import { DAY_MS } from '../../src/lib/durations';
import type { Property } from '../../src/store/credentials';
import type { Calendar } from './calendar';
import { type Company, SITES } from './company';
import { createDice } from './dice';
import { asOf, COMPANY_ID, noteChange, type Past } from './past';

/** The share of the second site, once there is one. */
const SECOND_SITE = 0.38;
const SEED = 2_400;
const CONSENT =
  'I agree to receive marketing calls and text messages from Demo Company at the number I provided.';
const OTHER_CONSENT =
  'Call or text me about my quote, also by automated means, until I say that I want no more of it.';

/** What consumer `n` agrees to at a site, as the site sends it. */
export function captureOf(n: number, siteIndex: number): CaptureInput {
  const site = SITES[siteIndex] ?? SITES[0];
  const number = String(n).padStart(4, '0');
  return {
    session_id: demoSession(n),
    email: `consumer${number}@example.com`,
    mobile: `+1415555${number}`,
    origin: `https://${site.domain}${site.path}`,
    consents: [
      { type: 'tcpa-express-consent', text: siteIndex === 0 ? CONSENT : OTHER_CONSENT },
      { type: 'terms', text: 'I accept the terms of service of Demo Company.' },
    ],
    events: { page_views: 3, form: { submitted: true, seconds_on_page: 41 + (n % 50) } },
  };
}

/**
 * Registers the certificates, as `registerCertificate` does, each at its own time.
 * @returns them in order of time
 */
export function makeCertificates(
  ctx: Context,
  past: Past,
  { founded, momentOf }: Calendar,
  { properties, callCenter }: Company,
): Certificate[] {
  const dice = createDice(SEED);
  for (let n = 0; n < DEMO_CERTIFICATES; n++) {
    const at = momentOf((n + dice()) / DEMO_CERTIFICATES);
    const opened = founded.getTime() + (SITES[1].since + 1) * DAY_MS;
    const isSecond = dice() < SECOND_SITE && at.getTime() > opened;
    const site = isSecond ? 1 : 0;
    const property = properties[site];
    if (property) register(asOf(ctx, at), past, property, captureOf(n, site), callCenter);
  }
  return past.certificates;
}

function register(
  ctx: Context,
  past: Past,
  property: Property,
  input: CaptureInput,
  caller: Caller,
): void {
  const identifiers = normalizeIdentifiers(input);
  const { email, mobile } = identifiers;
  const { origin, consents, events } = input;
  const content = { property_ref: property._id, email, mobile, origin, consents, events };
  const canonical = canonicalContent(content);
  const registration = {
    ctx,
    companyId: COMPANY_ID,
    propertyId: property.property_id,
    caller,
    input,
  };
  const certificate = newCertificate(registration, property._id, identifiers, canonical);
  const { _id, session_id, created_at: at } = certificate;
  past.certificates.push(certificate);
  past.recordings.push({
    _id,
    company_id: COMPANY_ID,
    session_id,
    events_json: JSON.stringify(events),
    recorded_at: at,
  });
  const entryId = `created:${_id}`;
  noteChange(ctx, past, {
    action: 'certificate.created',
    entryId,
    at,
    caller,
    certificates: [_id],
  });
}
