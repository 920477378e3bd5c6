import { recordChange } from '../audit/record-change';
import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { afterDuplicateAgain } from '../../store';
import { holdKey, type HoldSubject, holdView, type LegalHoldView } from './legal-hold-subject';

/**
 * Stops every clean-up of a user, a certificate or all of a company until the hold is lifted.
 * Placing one that stands replaces its reason and keeps its date.
 * @throws AppError company_not_found
 */
export async function placeLegalHold({
  ctx,
  companyId,
  caller,
  input,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  input: HoldSubject & { reason: string };
}): Promise<LegalHoldView> {
  const key = holdKey(companyId, input);
  const { reason } = input;
  const standing = await ctx.store.accounts.findHold(key._id);
  if (standing?.reason === reason) return holdView(standing);
  const at = new Date();
  const placed_at = standing?.placed_at ?? at;
  const hold = { ...key, company_id: companyId, reason, placed_at };
  // Two placed at the same time: the second one finds the first and replaces its reason.
  await afterDuplicateAgain(() =>
    ctx.store.transaction(async (session) => {
      // A clean-up at the same time comes wholly before the hold or sees it.
      if (!(await ctx.store.companies.guard(companyId, session))) {
        throw new AppError('company_not_found');
      }
      await ctx.store.accounts.placeHold(hold, session);
      await recordChange({
        ctx,
        session,
        companyId,
        action: 'legal_hold.placed',
        caller,
        certificates: input.certificate_id === undefined ? [] : [input.certificate_id],
        reason,
        at,
      });
    }),
  );
  return holdView(hold);
}
