/** The answers of the operator API; the OpenAPI document shows these and tests check them. */
import { z } from 'zod';
import { SERVICES } from '../../core/companies/settings';
import { SCOPES } from '../../core/credentials/scopes';
import { FOUND_TYPES } from '../../core/search/found';

const at = z.iso.datetime();
const microusd = z.int();
const next_cursor = z.string().nullable();
const limit = z.int().optional();

export const company = z
  .object({
    company_id: z.string(),
    name: z.string(),
    third_party_verification_enabled: z.boolean(),
    authorized_third_parties: z.array(z.string()),
    services: z.array(z.enum(SERVICES)),
    ip_allowlist: z.array(z.string()),
    limits: z.object({
      account_per_second: limit,
      api_per_second: limit,
      account_per_day: limit,
      api_per_day: limit,
      open_uploads: limit,
      stored_upload_bytes: limit,
      running_files: limit,
      event_streams: limit,
      portal_per_minute: limit,
      one_click_per_minute: limit,
      link_opens_per_minute: limit,
    }),
    retention: z.object({
      action: z.enum(['keep', 'delete', 'anonymise', 'archive']),
      after_days: z.int(),
      session_days: z.int(),
      certificate_days: z.int(),
    }),
    body_credentials_enabled: z.boolean(),
    low_balance_microusd: microusd,
    top_up_url: z.url().nullable().optional(),
    created_at: at,
  })
  .meta({ id: 'Company' });
export const companyPage = z
  .object({ companies: z.array(company), next_cursor })
  .meta({ id: 'CompanyPage' });

export const property = z
  .object({
    company_id: z.string(),
    property_id: z.string(),
    property_ref: z.string(),
    name: z.string(),
    domain: z.string(),
    created_at: at,
  })
  .meta({ id: 'Property' });

export const properties = z
  .object({
    properties: z.array(property.omit({ property_id: true }).meta({ id: 'ListedProperty' })),
  })
  .meta({ id: 'Properties' });

const SHOWN_ONCE = 'Shown once; left out of a replay under an Idempotency-Key.';
const secret = z.string().optional().meta({ description: SHOWN_ONCE });

export const token = z
  .object({
    token_id: z.string(),
    token: secret,
    label: z.string(),
    expires_at: at.nullable(),
    created_at: at,
    scopes: z.array(z.enum(SCOPES)),
    limits: z.object({ per_second: limit, per_day: limit }).optional(),
  })
  .meta({ id: 'Token' });
export const tokens = z
  .object({
    tokens: z.array(
      token
        .omit({ token: true })
        .extend({ last_used_at: at.nullable().meta({ description: 'To the minute.' }) })
        .meta({ id: 'ListedToken' }),
    ),
  })
  .meta({ id: 'Tokens' });
export const apiKey = z
  .object({
    api_key_id: z.string(),
    client_key: z.string(),
    secret_key: secret,
    label: z.string().nullable(),
    expires_at: at.nullable(),
    created_at: at,
  })
  .meta({ id: 'ApiKey' });
export const apiKeys = z
  .object({ api_keys: z.array(apiKey.omit({ secret_key: true }).meta({ id: 'ListedApiKey' })) })
  .meta({ id: 'ApiKeys' });
export const user = z
  .object({
    user_id: z.string(),
    email: z.string(),
    role: z.enum(['admin', 'viewer']),
    two_step_enabled: z.boolean(),
    created_at: at,
  })
  .meta({ id: 'User' });
export const invitations = z
  .object({
    invitations: z.array(
      z
        .object({
          invitation_id: z.string(),
          kind: z.enum(['invitation', 'reset']),
          email: z.string(),
          role: z.enum(['admin', 'viewer']),
          made_by: z.string().nullable(),
          created_at: at,
          expires_at: at,
        })
        .meta({ id: 'ListedInvitation' }),
    ),
  })
  .meta({ id: 'Invitations' });
export const invitation = z
  .object({ url: secret, expires_at: at, mailed: z.boolean() })
  .meta({ id: 'Invitation' });

const operator = z.object({
  operator_id: z.string(),
  email: z.string(),
  role: z.enum(['admin', 'viewer']),
  state: z.enum(['invited', 'active']),
  created_at: at,
});
export const operators = z
  .object({
    operators: z.array(
      operator
        .extend({ link_expires_at: at.nullable(), two_step_enabled: z.boolean() })
        .meta({ id: 'Operator' }),
    ),
  })
  .meta({ id: 'Operators' });
export const linkedOperator = operator
  .extend({ url: secret, expires_at: at })
  .meta({ id: 'LinkedOperator' });
export const operatorAuditPage = z
  .object({
    entries: z.array(
      z
        .object({
          entry_id: z.string(),
          at,
          action: z.string().meta({
            description: 'One of those to filter by. Later versions may have more.',
          }),
          actor: z.string(),
          actor_name: z.string(),
          company_id: z.string().nullable(),
          reason: z.string().nullable(),
          certificates: z.array(z.string()),
          ip: z.string().nullable(),
        })
        .meta({ id: 'OperatorAuditEntry' }),
    ),
    next_cursor,
  })
  .meta({ id: 'OperatorAuditPage' });

export const toppedUp = z
  .object({ entry_id: z.string(), balance_microusd: microusd })
  .meta({ id: 'TopUp' });
export const walletProof = z
  .object({
    balance_microusd: microusd,
    reserved_microusd: microusd,
    entries_sum_microusd: microusd,
  })
  .meta({ id: 'WalletProof' });

export const legalHold = z
  .object({
    user_id: z.string().optional(),
    certificate_id: z.string().optional(),
    all: z.literal(true).optional(),
    reason: z.string(),
    placed_at: at,
  })
  .meta({ id: 'LegalHold' });
export const legalHolds = z.object({ legal_holds: z.array(legalHold) }).meta({ id: 'LegalHolds' });

const step = z.object({
  state: z.enum(['pending', 'done', 'failed', 'not_needed']),
  at: at.nullable(),
  error: z.string().nullable(),
  cleaned: z.int(),
});
export const cleanupPage = z
  .object({
    cleanups: z.array(
      z
        .object({
          cleanup_id: z.string(),
          subject: z.enum(['certificates', 'recordings', 'uploads', 'consents', 'tombstones']),
          action: z.enum(['delete', 'anonymise', 'archive']),
          state: z.enum(['pending', 'done']),
          failed: z.boolean(),
          named: z.int(),
          skipped: z.int(),
          steps: z.record(z.string(), step),
          archive: z
            .object({
              archive_id: z.string(),
              sha256: z.string(),
              lines: z.int(),
              bytes: z.int(),
            })
            .nullable(),
          requested_at: at,
          completed_at: at.nullable(),
        })
        .meta({ id: 'Cleanup' }),
    ),
    next_cursor,
  })
  .meta({ id: 'CleanupPage' });

export const searched = z
  .object({
    results: z.array(
      z
        .object({
          type: z.enum(FOUND_TYPES),
          id: z.string(),
          company_id: z.string().nullable().meta({ description: 'Null: of none, or of several.' }),
          name: z.string().nullable(),
          state: z.string().nullable(),
          at: at.nullable(),
          queue: z.string().nullable().meta({ description: 'Of a job, whose id is unique in it.' }),
          url: z.string(),
        })
        .meta({ id: 'Found' }),
    ),
    more: z.boolean(),
    not_searched: z
      .array(z.enum(['job']))
      .meta({ description: 'What could not be looked for: jobs, while Redis is away.' }),
  })
  .meta({ id: 'SearchResult' });
