/** The answers of the Attestr dialect; the OpenAPI document shows these and tests check them. */
import { z } from 'zod';

const at = z.iso.datetime();

export const registeredConsent = z
  .object({ _id: z.string(), status: z.enum(['active', 'revoked']), created_at: at })
  .meta({ id: 'AttestrRegistered' });

export const attestrConsent = z
  .object({
    _id: z.string(),
    status: z.enum(['active', 'revoked']),
    subject: z.object({
      email: z.string().optional(),
      mobile: z.string().optional(),
      ref: z.string().optional(),
    }),
    purposes: z.array(z.string()),
    text: z.string(),
    retention_policy: z
      .object({
        action: z.enum(['keep', 'delete', 'anonymise', 'archive']),
        after_days: z.int().min(0),
      })
      .nullable(),
    created_at: at,
    updated_at: at,
    revoked_at: at.nullable(),
    revocation_id: z.string().nullable(),
    reason: z.string().nullable(),
    data: z
      .string()
      .meta({ description: 'What a clean-up has left of it; `full` if nothing was removed.' }),
    cleaned_at: at.nullable(),
  })
  .meta({ id: 'AttestrConsent' });

export const attestrRevocation = z
  .object({
    _id: z.string(),
    status: z.literal('revoked'),
    revoked_at: at,
    revocation_id: z.string().nullable(),
  })
  .meta({ id: 'AttestrRevocation' });

export const attestrAudit = z
  .object({
    _id: z.string(),
    events: z.array(
      z
        .object({
          event_id: z.string(),
          at,
          action: z.string(),
          method: z.string().nullable(),
          actor: z.string(),
          reason: z.string().nullable(),
          ip: z.string().nullable(),
        })
        .meta({ id: 'AttestrEvent' }),
    ),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'AttestrAudit' });

/** `{httpStatusCode, code, message, details?, appError: true}`. */
export const attestrError = z
  .object({
    httpStatusCode: z.int(),
    code: z.int(),
    message: z.string(),
    details: z.string().optional(),
    appError: z.literal(true),
  })
  .meta({ id: 'AttestrError' });
