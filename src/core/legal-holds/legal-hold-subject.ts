import { z } from 'zod';
import type { Context } from '../../context';
import { ID_MAX_CHARACTERS, normalizeId } from '../identifiers/id';
import type { LegalHold } from '../../store/accounts';

const REASON_MAX_CHARACTERS = 1_000;
const REF_CHARACTERS = 22;

const subjectId = z.string().overwrite(normalizeId).min(1).max(ID_MAX_CHARACTERS).optional();
const fields = {
  user_id: subjectId,
  certificate_id: subjectId,
  all: z.literal(true).optional(),
};
const oneOf = (given: HoldSubject): boolean =>
  [given.user_id, given.certificate_id, given.all].filter((value) => value !== undefined).length ===
  1;
const ONE_OF = 'must have exactly one of user_id, certificate_id and all';

/** What a legal hold covers: a person, a certificate or everything; exactly one of them. */
export interface HoldSubject {
  user_id?: string | undefined;
  certificate_id?: string | undefined;
  all?: true | undefined;
}

/** A hold to place. */
export const newHold = z
  .object({ ...fields, reason: z.string().trim().min(1).max(REASON_MAX_CHARACTERS) })
  .refine(oneOf, ONE_OF);

/** A hold to lift. */
export const holdToLift = z
  .object({ ...fields, reason: z.string().max(REASON_MAX_CHARACTERS).optional() })
  .refine(oneOf, ONE_OF);

/** A legal hold as it goes over the wire. */
export interface LegalHoldView extends HoldSubject {
  reason: string;
  /** ISO 8601. */
  placed_at: string;
}

/** The key and scope of a hold on a subject. */
export function holdKey(
  companyId: string,
  subject: HoldSubject,
): Pick<LegalHold, '_id' | 'scope' | 'subject_id'> {
  const { user_id, certificate_id } = subject;
  if (user_id !== undefined) {
    return { _id: `${companyId}:user:${user_id}`, scope: 'user', subject_id: user_id };
  }
  if (certificate_id === undefined) {
    return { _id: `${companyId}:all`, scope: 'all', subject_id: null };
  }
  const _id = `${companyId}:certificate:${certificate_id}`;
  return { _id, scope: 'certificate', subject_id: certificate_id };
}

/** A hold as it goes over the wire. */
export function holdView({ scope, subject_id, reason, placed_at }: LegalHold): LegalHoldView {
  const rest = { reason, placed_at: placed_at.toISOString() };
  if (scope === 'user') return { user_id: subject_id ?? '', ...rest };
  if (scope === 'certificate') return { certificate_id: subject_id ?? '', ...rest };
  return { all: true, ...rest };
}

/** Names a hold in a URL, where its subject, who can be a person, must not stand. */
export function holdRef({
  ctx,
  companyId,
  subject,
}: {
  ctx: Context;
  companyId: string;
  subject: HoldSubject;
}): string {
  const { _id } = holdKey(companyId, subject);
  return `hld_${ctx.identifiers.current('legal hold', _id).slice(0, REF_CHARACTERS)}`;
}
