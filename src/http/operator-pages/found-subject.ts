import { z } from 'zod';
import type { FoundSubject } from '../../core/legal-holds/look-up-subject';
import type { Context } from '../../context';
import { MINUTE_MS } from '../../lib/durations';
import { openToken, sealToken } from '../../lib/sealed-token';

const LIFE_MS = 10 * MINUTE_MS;

const count = z.number().nullable();
const schema = z.object({
  subject: z.object({
    user_id: z.string().optional(),
    certificate_id: z.string().optional(),
    all: z.literal(true).optional(),
  }),
  person: z
    .object({
      kind: z.enum(['email', 'mobile', 'user_id']),
      value: z.string(),
      certificates: count,
      revoked: count,
      consents: count,
    })
    .nullable(),
  heldFor: z.string().nullable(),
}) satisfies z.ZodType<FoundSubject>;

/** What was found, for a URL: sealed, as it can name a person, and good for 10 minutes. */
export function sealFound(ctx: Context, companyId: string, found: FoundSubject): string {
  const until = new Date(ctx.now().getTime() + LIFE_MS);
  return sealToken(ctx.config.identifierKeys, purposeOf(companyId), found, until);
}

/** What such a token holds; null: it has expired, or is none of this company. */
export function openFound(ctx: Context, companyId: string, token: string): FoundSubject | null {
  const opened = openToken(ctx.config.identifierKeys, purposeOf(companyId), token, ctx.now());
  const read = schema.safeParse(opened);
  return read.success ? read.data : null;
}

function purposeOf(companyId: string): string {
  return `legal hold of ${companyId}`;
}
