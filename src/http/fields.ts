import { z } from 'zod';
import { EMAIL_MAX_CHARACTERS } from '../lib/identifier-hasher';

const ID_MAX_CHARACTERS = 200;
const TEXT_MAX_CHARACTERS = 20_000;
const REASON_MAX_CHARACTERS = 1_000;
const PAGE_MAX = 200;
const PAGE_DEFAULT = 50;

/** An id: 1 to 200 characters, no control characters. */
export const id = z
  .string()
  .min(1)
  .max(ID_MAX_CHARACTERS)
  .regex(/^[^\u0000-\u001f\u007f]+$/, 'must not contain control characters');

/** A text of 1 to 20,000 characters. */
export const text = z.string().min(1).max(TEXT_MAX_CHARACTERS);

/** A reason of up to 1,000 characters. */
export const reason = z.string().max(REASON_MAX_CHARACTERS).optional();
/** An email address as typed; the core normalises it. */
export const email = z.string().min(1).max(EMAIL_MAX_CHARACTERS).optional();
/** A phone number as typed; the core normalises it. */
export const mobile = z.string().min(1).max(50).optional();

/** An ISO 8601 time with its offset. */
export const time = z.iso.datetime({ offset: true }).transform((value) => new Date(value));

/** `company_id` and `property_id` in the body: credentials where there is no Bearer token. */
export const bodyCredentials = { company_id: id.optional(), property_id: id.optional() };

/** The query fields of every list. */
export const paging = {
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_DEFAULT),
  cursor: z.string().min(1).max(1_000).optional(),
};
