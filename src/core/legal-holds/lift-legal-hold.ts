import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { changeCompany } from '../companies/change-company';
import type { Completion } from '../idempotency/commit-change';
import { holdKey, type HoldSubject } from './legal-hold-subject';

/**
 * Lifts a legal hold, so that clean-ups resume.
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
  return changeCompany({
    ctx,
    companyId,
    caller,
    completion,
    entry: {
      action: 'legal_hold.lifted',
      certificates: input.certificate_id === undefined ? [] : [input.certificate_id],
      reason: input.reason ?? null,
    },
    change: async (session) => {
      const lifted = await ctx.store.accounts.liftHold(_id, session);
      if (!lifted) throw new AppError('hold_not_found');
    },
  });
}
