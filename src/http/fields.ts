import { z } from 'zod';
import type { Context } from '../context';
import { CHANNELS } from '../core/certificates/certificate-view';
import { isBlank } from '../core/identifiers';
import { ID_CHARACTERS, ID_MAX_CHARACTERS, normalizeId } from '../core/identifiers/id';
import { readChannels } from '../core/revocations/read-channels';
import { TYPED_MAX_CHARACTERS } from '../core/identifiers/visible-text';
import { DAY_MS } from '../lib/durations';

const TEXT_MAX_CHARACTERS = 20_000;
const REASON_MAX_CHARACTERS = 1_000;
const PAGE_MAX = 200;
const PAGE_DEFAULT = 50;

/** An id in its normal form: 1 to 200 characters, no control characters. */
export const id = z
  .string()
  .overwrite(normalizeId)
  .min(1)
  .max(ID_MAX_CHARACTERS)
  .regex(ID_CHARACTERS, 'must not contain control characters');

/** An id where another identifier may stand instead; null and blank count as absent. */
export const idOrBlank = z
  .string()
  .overwrite(normalizeId)
  .max(ID_MAX_CHARACTERS)
  .regex(ID_CHARACTERS, 'must not contain control characters')
  .nullish()
  .transform((value) => (value === '' ? undefined : (value ?? undefined)));

/** A text of 1 to 20,000 characters. */
export const text = z.string().min(1).max(TEXT_MAX_CHARACTERS);

/** A reason of up to 1,000 characters. */
export const reason = z.string().max(REASON_MAX_CHARACTERS).optional();

/** By which a person is to be contacted. */
export const channel = z.enum(CHANNELS).optional();
/** What a person opts out of: at least one; left out, all. */
export const channels = z.array(z.enum(CHANNELS)).min(1).optional();

const BETWEEN_CHANNELS = ',';
/** The same as a form has it, `call,text`, in one field or several; blank counts as absent. */
export const writtenChannels = z.preprocess(
  (given) => (Array.isArray(given) ? given.join(BETWEEN_CHANNELS) : given),
  z
    .string()
    .transform((text, check) => {
      const read = isBlank(text) ? undefined : readChannels(text);
      if (read !== null) return read;
      check.addIssue('must name call, text or email, or several of them, separated by commas');
      return z.NEVER;
    })
    .optional(),
);

const typed = z.string().max(TYPED_MAX_CHARACTERS);
const absentIfBlank = (value: string | null | undefined): string | undefined =>
  isBlank(value) ? undefined : value;

/** An email address as typed, which the core normalises; null and blank count as absent. */
export const email = typed.nullish().transform(absentIfBlank);
/** A phone number as typed, which the core normalises; null and blank count as absent. */
export const mobile = typed.nullish().transform(absentIfBlank);
/** A SHA-256 of an email or mobile, which the core reads; null and blank count as absent. */
export const sha256 = typed.nullish().transform(absentIfBlank);
/** An email address or phone number to filter by: blank would find everybody. */
export const typedFilter = typed.refine((text) => !isBlank(text), 'must not be empty').optional();

/** An ISO 8601 time with its offset. */
export const time = z.iso.datetime({ offset: true }).transform((value) => new Date(value));

/**
 * The last day (UTC) of something's life, as a form sends it; blank: it does not end.
 * @returns the end of that day, or null
 */
export const lastDay = ({ now }: Context) =>
  z
    .union([z.literal(''), z.iso.date()])
    .transform((day) => (day === '' ? null : new Date(Date.parse(day) + DAY_MS)))
    .refine((time) => time === null || time > now());

/** `company_id` and `property_id` in the body: credentials where there is no Bearer token. */
export const bodyCredentials = { company_id: id.optional(), property_id: id.optional() };

/** An action to filter an audit log by; there are too many to name them all in a refusal. */
export const auditAction = <const Actions extends readonly [string, ...string[]]>(all: Actions) =>
  z.enum(all, 'must be one of the actions that the description of the API lists').optional();

/** The query fields of every list. */
export const paging = {
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_DEFAULT),
  cursor: z.string().min(1).max(1_000).optional(),
};
