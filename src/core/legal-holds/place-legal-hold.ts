import { recordChange } from '../audit/record-change';
import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { retryOnDuplicate } from '../../store';
import { holdKey, type HoldSubject, holdView, type LegalHoldView } from './legal-hold-subject';

/**
 * Stops every clean-up of a user, a certificate or a whole company until the hold is lifted. Placing
 * a hold that already exists replaces its reason and keeps its date.
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
  const existing = await ctx.store.accounts.findHold(key._id);
  if (existing?.reason === reason) return holdView(existing);
  const at = ctx.now();
  const placed_at = existing?.placed_at ?? at;
  const hold = { ...key, company_id: companyId, reason, placed_at };
  // Of two placed at the same time, the second finds the first and replaces its reason.
  await retryOnDuplicate(() =>
    ctx.store.transaction(async (session) => {
      // A concurrent clean-up either commits before the hold or sees it.
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
