import {
  type Certificate,
  type Channel,
  CHANNELS,
  type DataState,
  type OptOut,
  REVOCATION_METHODS,
  type RevocationMethod,
} from '../../store/certificates';

export { CHANNELS, REVOCATION_METHODS };

/** What a person has withdrawn. */
export interface OptOutView {
  revoke: boolean;
  revoked_at: string | null;
  method: RevocationMethod | null;
  reason: string | null;
  revocation_id: string | null;
  /** What was opted out of: all channels of what is revoked. */
  channels: Channel[];
}

/** A certificate as it goes over the wire; times in ISO 8601. */
export interface CertificateView {
  certificate_id: string;
  company_id: string;
  /** Public reference of the property; the property id itself is a secret and never shown. */
  property_ref: string;
  session_id: string;
  email: string | null;
  mobile: string | null;
  origin: string;
  consents: { type: string; text: string; given_at: string }[];
  created_timestamp: string;
  opt_out: OptOutView;
  /** Paid retention of the certificate, and of its session's recording. */
  retained_until: string | null;
  session_retained_until: string | null;
  /** `anonymised` or `removed` once the company's clean-up policy has been applied to it. */
  data: DataState;
  cleaned_at: string | null;
}

/** A stored certificate as it goes over the wire, without hashes and internal counters. */
export function certificateView(certificate: Certificate): CertificateView {
  const { opt_out } = certificate;
  return {
    certificate_id: certificate._id,
    company_id: certificate.company_id,
    property_ref: certificate.property_ref,
    session_id: certificate.session_id,
    email: certificate.email,
    mobile: certificate.mobile,
    origin: certificate.origin,
    consents: certificate.consents.map(({ type, text, given_at }) => ({
      type,
      text,
      given_at: given_at.toISOString(),
    })),
    created_timestamp: certificate.created_at.toISOString(),
    opt_out: optOutView(opt_out),
    retained_until: iso(certificate.retained_until),
    session_retained_until: iso(certificate.session_retained_until),
    data: certificate.data,
    cleaned_at: iso(certificate.cleaned_at),
  };
}

/** An opt-out as it goes over the wire. */
export function optOutView(optOut: OptOut): OptOutView {
  return {
    revoke: optOut.revoke,
    revoked_at: iso(optOut.revoked_at),
    method: optOut.method,
    reason: optOut.reason,
    revocation_id: optOut.revocation_id,
    channels: optOut.revoke ? [...CHANNELS] : (optOut.channels ?? []),
  };
}

function iso(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}
