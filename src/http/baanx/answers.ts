/** The answers of the Baanx dialect; the OpenAPI document shows these and tests check them. */
import { z } from 'zod';

const at = z.iso.datetime();
const consentStatus = z.enum(['granted', 'denied', 'revoked']);
const status = z.enum(['complete', 'incomplete']);
const link = z.object({ href: z.url(), method: z.literal('GET') }).meta({ id: 'BaanxLink' });
const impact = z.object({ before: status, after: status }).meta({ id: 'BaanxImpact' });

export const consentSet = z
  .object({
    consentSetId: z.string(),
    userId: z.string(),
    policy: z.enum(['global', 'US']),
    status,
    consents: z.array(
      z.object({ consentId: z.string(), consentType: z.string(), consentStatus, createdAt: at }),
    ),
  })
  .meta({ id: 'BaanxConsentSet' });

export const userConsents = z
  .object({ userId: z.string(), status, consentSets: z.array(consentSet) })
  .meta({ id: 'BaanxUser' });

const record = {
  consentId: z.string(),
  consentSetId: z.string(),
  consentType: z.string(),
  consentStatus,
};

export const revokedConsent = z
  .object({
    ...record,
    revocationTimestamp: at,
    _links: z.object({ consentSet: link, audit: link }),
    impact: impact.nullable(),
  })
  .meta({ id: 'BaanxRevokedConsent' });

export const userRevocation = z
  .object({
    userId: z.string(),
    revoked: z.int().min(0),
    consents: z.array(
      z.object({ ...record, revocationTimestamp: at, originalConsentId: z.string() }),
    ),
    revocationTimestamp: at,
    impact: impact.nullable(),
    _links: z.object({ audit: link }),
  })
  .meta({ id: 'BaanxUserRevocation' });

export const userAudit = z
  .object({
    userId: z.string(),
    total: z.int().min(0),
    limit: z.int(),
    offset: z.int(),
    entries: z.array(
      z
        .object({
          ...record,
          action: z.enum(['consent.created', 'consent.revoked']),
          timestamp: at,
          originalConsentId: z.string().optional(),
          actor: z.string(),
          reason: z.string().nullable(),
          ip: z.string().nullable(),
        })
        .meta({ id: 'BaanxHistoryEntry' }),
    ),
  })
  .meta({ id: 'BaanxUserAudit' });

/** `{error, details}`. */
export const baanxError = z
  .object({ error: z.string(), details: z.array(z.string()) })
  .meta({ id: 'BaanxError' });
