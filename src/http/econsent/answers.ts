/** The answers of the eConsent API; the OpenAPI document shows these and tests check them. */
import { z } from 'zod';
import { ACCESS_EVENTS } from '../../core/security-log/list-access';
import { CHANNELS, REVOCATION_METHODS } from '../../core/certificates/certificate-view';
import { REVOCATION_STATES } from '../../core/revocations/get-revocation';

export const at = z.iso.datetime();
export const count = z.int().min(0);
export const microusd = z.int();
export const next_cursor = z.string().nullable().meta({
  description: 'Send it as `cursor` to get the next page; null on the last page.',
});

const verdict = {
  valid: z.boolean(),
  consent_opt_in: at.nullable(),
  origin: z.string(),
};
const verification_type = z.enum(['first_party', 'third_party']);

export const matchAnswer = z
  .object({ ...verdict, consent_types: z.array(z.string()), verification_type })
  .meta({ id: 'MatchResult' });
export const partialMatchAnswer = z
  .object({ ...verdict, verification_type })
  .meta({ id: 'PartialMatchResult' });

export const certificateInfoAnswer = z
  .object({
    valid: z.literal(true),
    certificate_id: z.string(),
    created_timestamp: at,
    has_consents: z.boolean(),
    consent_count: count,
    events_combined: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'CertificateInfo' });

const retained = { retained_until: at, already_retained: z.boolean() };
export const sessionRetention = z
  .object({ success: z.literal(true), session_id: z.string(), ...retained })
  .meta({ id: 'SessionRetention' });
export const certificateRetention = z
  .object({ success: z.literal(true), certificate_id: z.string(), ...retained })
  .meta({ id: 'CertificateRetention' });

const revoked = {
  success: z.literal(true),
  revoked: count,
  certificates: z.array(z.string()),
  timestamp: at,
};
export const optOutAnswer = z
  .object({
    ...revoked,
    revoked: count.nullable(),
    certificates: z.array(z.string()).nullable(),
  })
  .meta({ id: 'OptOutResult' });
export const revocationAnswer = z
  .object({ ...revoked, revocation_id: z.string() })
  .meta({ id: 'RevocationResult' });

export const linkAnswer = z
  .object({
    url: z.url(),
    headers: z.object({ 'List-Unsubscribe': z.string(), 'List-Unsubscribe-Post': z.string() }),
  })
  .meta({ id: 'OneClickLink' });

const optOut = {
  revoke: z.boolean(),
  revoked_at: at.nullable(),
  method: z.enum(REVOCATION_METHODS).nullable(),
  reason: z.string().nullable(),
  revocation_id: z.string().nullable(),
  channels: z.array(z.enum(CHANNELS)),
};

export const registered = z
  .object({
    certificate_id: z.string(),
    created_timestamp: at,
    opt_out: z.object(optOut),
  })
  .meta({ id: 'RegisteredCertificate' });

export const certificate = z
  .object({
    certificate_id: z.string(),
    company_id: z.string(),
    property_ref: z.string(),
    session_id: z.string(),
    email: z.string().nullable(),
    mobile: z.string().nullable(),
    origin: z.string(),
    consents: z.array(z.object({ type: z.string(), text: z.string(), given_at: at })),
    created_timestamp: at,
    opt_out: z.object(optOut),
    retained_until: at.nullable(),
    session_retained_until: at.nullable(),
    data: z.enum(['full', 'anonymised', 'removed']),
    cleaned_at: at.nullable(),
  })
  .meta({ id: 'Certificate' });
/** A single certificate comes with the events of its session. */
export const certificateWithEvents = certificate
  .extend({ events: z.unknown() })
  .meta({ id: 'CertificateWithEvents' });
export const certificatePage = z
  .object({ certificates: z.array(certificate), next_cursor })
  .meta({ id: 'CertificatePage' });

export const bulkAnswer = z
  .object({
    batch_id: z.string(),
    revoked: count,
    already_revoked: count,
    not_found: z.array(z.string()),
    status_url: z.string(),
  })
  .meta({ id: 'BulkRevocation' });
export const revocation = z
  .object({
    reference: z.string().meta({
      description: 'The reference number that the portal gave, else the revocation id.',
    }),
    revocation_id: z
      .string()
      .nullable()
      .meta({ description: 'Null where no certificate was revoked.' }),
    batch_id: z.string().nullable().meta({ description: 'The batch that it is a part of.' }),
    method: z.enum(REVOCATION_METHODS),
    state: z.enum(REVOCATION_STATES).meta({
      description:
        '`revoking`: not every flag is set; `recording`: all are, and the audit log is being written; `nothing_revoked`: nothing was left to revoke.',
    }),
    requested_at: at,
    flags_committed_at: at.nullable(),
    completed_at: at.nullable(),
    actor: z.string(),
    ip: z.string().nullable(),
    reason: z.string().nullable(),
    channels: z
      .array(z.enum(CHANNELS))
      .meta({ description: 'What was opted out of; all of them: it revokes.' }),
    certificates_count: count,
    certificates: z.array(z.string()).meta({ description: 'The first 1,000.' }),
    consents_count: count,
    consents: z
      .array(z.string())
      .meta({ description: 'Consents of the Attestr API, the first 1,000.' }),
  })
  .meta({ id: 'Revocation' });

export const acknowledgements = z
  .object({
    deliveries: z.array(
      z
        .object({
          event_id: z.string().meta({ description: 'The `webhook-id` of what it was sent.' }),
          company_id: z.string(),
          party: z.enum(['owner', 'third_party']),
          count: count.meta({ description: 'How many certificates or consents it was told of.' }),
          revoked_at: at,
          acknowledged_at: at.nullable(),
          acknowledge_by: at,
          overdue: z.boolean(),
        })
        .meta({ id: 'Acknowledgement' }),
    ),
  })
  .meta({ id: 'AcknowledgementList' });

export const auditPage = z
  .object({
    entries: z.array(
      z
        .object({
          entry_id: z.string(),
          at,
          action: z.string().meta({
            description: 'One of those to filter by. Later versions may have more.',
          }),
          method: z.string().nullable(),
          actor: z.string(),
          reason: z.string().nullable(),
          certificates: z.array(z.string()),
          consents: z.array(z.string()).optional(),
          ip: z.string().nullable(),
        })
        .meta({ id: 'AuditEntry' }),
    ),
    next_cursor,
  })
  .meta({ id: 'AuditPage' });

export const securityLogPage = z
  .object({
    entries: z.array(
      z
        .object({
          entry_id: z.string(),
          at: at.meta({ description: 'The start of the hour.' }),
          event: z.enum(ACCESS_EVENTS),
          credential: z.string().nullable(),
          ip: z.string().nullable(),
          count,
          last_at: at,
        })
        .meta({ id: 'SecurityLogEntry' }),
    ),
    next_cursor,
  })
  .meta({ id: 'SecurityLogPage' });

export const wallet = z
  .object({
    balance_microusd: microusd,
    reserved_microusd: microusd,
    available_microusd: microusd,
    low_balance: z.boolean(),
  })
  .meta({ id: 'Wallet' });
export const ledgerPage = z
  .object({
    entries: z.array(
      z
        .object({
          entry_id: z.string(),
          at,
          kind: z.enum([
            'top_up',
            'check_match',
            'check_partial_match',
            'contact_check',
            'session_retention',
            'certificate_retention',
            'attestr_revocation',
            'contact_scrub',
          ]),
          amount_microusd: microusd,
          certificate_id: z.string().nullable(),
          actor: z.string(),
          ip: z.string().nullable(),
        })
        .meta({ id: 'LedgerEntry' }),
    ),
    next_cursor,
  })
  .meta({ id: 'LedgerPage' });

/** `{status, error, code?, details?}`. */
export const econsentError = z
  .object({
    status: z.int(),
    error: z.string(),
    code: z.int().optional(),
    details: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Error' });
