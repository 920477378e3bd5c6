import { z } from 'zod';
import { REVOCATION_METHODS } from '../store/certificates';

/** Version of the format of an export; a reader takes this one only. */
export const EXPORT_VERSION = 1;

const id = z.string().min(1).max(300);
const time = z.iso.datetime().transform((value) => new Date(value));
const hash = z.string().max(100).nullable();

/** First line of an export. */
export const headerLine = z.object({
  format: z.literal('rescind-revocations'),
  version: z.literal(EXPORT_VERSION),
  company_id: id,
  exported_at: time,
});

/** One request, with the certificates that it revoked: what their tombstones need. */
export const revocationLine = z.object({
  revocation_id: id,
  method: z.enum(REVOCATION_METHODS),
  actor: z.object({ type: z.string().max(40), id: z.string().max(300).nullable() }),
  ip: z.string().max(100).nullable(),
  reason: z.string().nullable(),
  requested_at: time,
  rows: z.object({ first: z.number(), last: z.number() }).nullable(),
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

/** Last line: how much there is, and the SHA-256 (hex) of all bytes before it. */
export const trailerLine = z.object({
  end: z.literal(true),
  revocations: z.number().int(),
  certificates: z.number().int(),
  sha256: z.string().length(64),
});

export type RevocationLine = z.output<typeof revocationLine>;
