import { z } from 'zod';
import { MAX_CONSENTS_PER_REQUEST } from '../consents/record-consent-revocation';
import { CHANNELS, REVOCATION_METHODS } from '../../store/certificates';
import { REGIONS } from '../../store/regions';

/** The version of the export format. The first has no remembered opt-outs, and is still read. */
export const EXPORT_VERSION = 2;

const id = z.string().min(1).max(300);
const time = z.iso.datetime().transform((value) => new Date(value));
const hash = z.string().max(100).nullable();
const actor = z.object({ type: z.string().max(40), id: z.string().max(300).nullable() });
const userStatus = z.enum(['complete', 'incomplete']);

/** The first line of an export. */
export const headerLine = z.object({
  format: z.literal('rescind-revocations'),
  version: z.literal([1, EXPORT_VERSION]),
  company_id: id,
  exported_at: time,
});

/** One request and the certificates that it revoked, with what a tombstone of each needs. */
export const revocationLine = z.object({
  revocation_id: id,
  method: z.enum(REVOCATION_METHODS),
  actor,
  ip: z.string().max(100).nullable(),
  reason: z.string().nullable(),
  requested_at: time,
  rows: z.object({ first: z.number(), last: z.number() }).nullable(),
  /** Left out: it revokes. */
  channels: z.array(z.enum(CHANNELS)).min(1).optional(),
  certificates: z.array(
    z.object({
      certificate_id: id,
      session_id: id,
      property_ref: id,
      email_hash: hash,
      mobile_hash: hash,
      content_hash: z.string().max(100),
      created_at: time,
    }),
  ),
});

/** The place of a Baanx consent in its set, by which its user finds it. */
const setMember = z.object({
  id,
  user_id: id,
  policy: z.enum(['global', 'US']),
  type: id,
  position: z.number().int().min(0),
});

/** One request of the Attestr or Baanx dialect and the consents that it revoked in its region. */
export const consentRevocationLine = z.object({
  consent_revocation_id: id,
  region: z.enum(REGIONS),
  dialect: z.enum(['attestr', 'baanx']),
  /** Older exports lack it. */
  method: z.enum(REVOCATION_METHODS).default('api'),
  actor,
  ip: z.string().max(100).nullable(),
  reason: z.string().nullable(),
  requested_at: time,
  impact: z.object({ before: userStatus, after: userStatus }).nullable(),
  consents: z
    .array(
      z.object({
        consent_id: id,
        /** Of the revoked version. */
        version: z.number().int().min(1),
        email_hash: hash,
        mobile_hash: hash,
        given_at: time,
        set: setMember.nullable(),
      }),
    )
    .max(MAX_CONSENTS_PER_REQUEST),
});

/** A remembered opt-out, under the keyed hash of an email or mobile. */
export const suppressionLine = z.object({
  suppression: id,
  /** For the whole service; else for the company of the export. */
  everywhere: z.boolean(),
  /** When the newest request for each channel came. */
  channels: z.partialRecord(z.enum(CHANNELS), time),
  at: time,
  method: z.enum(REVOCATION_METHODS),
  revocation_id: id.nullable(),
  /** Who asked, where the request revoked nothing; null: no entry of its own is in the audit. */
  only_remembered: z
    .object({ actor, ip: z.string().max(100).nullable(), reason: z.string().nullable() })
    .nullable(),
});

/** The last line: counts, and the SHA-256 (hex) of all bytes before it. */
export const trailerLine = z.object({
  end: z.literal(true),
  revocations: z.number().int(),
  certificates: z.number().int(),
  /** Older exports have no consents or suppressions, and lack these. */
  consent_revocations: z.number().int().default(0),
  consents: z.number().int().default(0),
  suppressions: z.number().int().default(0),
  sha256: z.string().length(64),
});

export type RevocationLine = z.output<typeof revocationLine>;
export type ConsentRevocationLine = z.output<typeof consentRevocationLine>;
export type SuppressionLine = z.output<typeof suppressionLine>;
/** All between the first line and the last. */
export type ContentLine = RevocationLine | ConsentRevocationLine | SuppressionLine;
