import { z } from 'zod';
import type { Context } from '../../context';
import { newId } from '../../lib/random-ids';
import type { PersonIdentifier } from '../../core/portal/identifier';
import { openToken, sealToken } from '../../lib/sealed-token';

const PURPOSE = 'portal form';
const LIFE_MS = 30 * 60_000;

const identifier = z.object({
  kind: z.enum(['email', 'mobile', 'certificate_id']),
  value: z.string(),
  typed: z.string().optional(),
}) satisfies z.ZodType<PersonIdentifier>;

const schema = z.object({
  identifier,
  /** The company named by the link. */
  companyId: z.string().nullable(),
  /** Names the request, so that a second click is not a second request. */
  requestId: z.string(),
  /**
   * What the visitor was shown: counts, that nothing was found, nothing, nothing yet, or all of it
   * after a right code.
   */
  shown: z.enum(['masked', 'unknown', 'blind', 'code', 'list']),
});

/** What one step passes to the next. It travels in the form, sealed, so that no session is needed. */
export type FormState = z.output<typeof schema>;

export function newState(
  who: PersonIdentifier,
  companyId: string | null,
  shown: FormState['shown'],
): FormState {
  return { identifier: who, companyId, requestId: newId('portal'), shown };
}

/** The token of a form; good for 30 minutes. */
export function sealState(ctx: Context, state: FormState): string {
  const until = new Date(ctx.now().getTime() + LIFE_MS);
  return sealToken(ctx.config.identifierKeys, PURPOSE, state, until);
}

/** What a form's token holds; null when it has expired or is not ours. */
export function openState(ctx: Context, token: string): FormState | null {
  const parsed = schema.safeParse(openToken(ctx.config.identifierKeys, PURPOSE, token, ctx.now()));
  return parsed.success ? parsed.data : null;
}
