import {
  type Certificate,
  type DataState,
  REVOCATION_METHODS,
  type RevocationMethod,
} from '../../store/certificates';

export { REVOCATION_METHODS };

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
  opt_out: {
    revoke: boolean;
    revoked_at: string | null;
    method: RevocationMethod | null;
    reason: string | null;
    revocation_id: string | null;
  };
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
    opt_out: {
      revoke: opt_out.revoke,
      revoked_at: iso(opt_out.revoked_at),
      method: opt_out.method,
      reason: opt_out.reason,
      revocation_id: opt_out.revocation_id,
    },
    retained_until: iso(certificate.retained_until),
    session_retained_until: iso(certificate.session_retained_until),
    data: certificate.data,
    cleaned_at: iso(certificate.cleaned_at),
  };
}

function iso(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}
