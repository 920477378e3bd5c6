import { recordChange } from '../audit/record-change';
import type { Caller, Context } from '../context';
import { AppError } from '../errors';
import { type Completion, commitChange } from './commit-change';
import { holdKey, type HoldSubject } from './legal-hold-subject';
import { requireCompany } from './require-company';

/**
 * Lifts a legal hold: clean-ups carry on.
 * @throws AppError company_not_found, hold_not_found
 */
export function liftLegalHold({
  ctx,
  companyId,
  caller,
  input,
  completion,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  input: HoldSubject & { reason?: string | undefined };
  completion?: Completion<void> | undefined;
}): Promise<void> {
  const { _id } = holdKey(companyId, input);
  return commitChange({
    ctx,
    completion,
    change: async (session) => {
      await requireCompany(ctx, companyId, session);
      const lifted = await ctx.store.accounts.liftHold(_id, session);
      if (!lifted) throw new AppError('hold_not_found');
      await recordChange({
        ctx,
        session,
        companyId,
        action: 'legal_hold.lifted',
        caller,
        certificates: input.certificate_id === undefined ? [] : [input.certificate_id],
        reason: input.reason ?? null,
      });
    },
  });
}
