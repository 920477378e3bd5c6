import type { Caller, Context } from '../../context';
import { AppError, invalid } from '../../errors';
import { OPERATOR_LOG } from '../audit/operator-log';
import { recordChange } from '../audit/record-change';
import { commitChange, type Completion } from '../idempotency/commit-change';

/**
 * Removes an operator; all their sessions, and all links that they made or that were made for them,
 * end at once. Their email stays for five years, to name them in the audit.
 * @throws AppError operator_not_found; invalid_request for oneself
 */
export async function removeOperator({
  ctx,
  caller,
  operatorId,
  completion,
}: {
  ctx: Context;
  caller: Caller;
  operatorId: string;
  completion?: Completion<string> | undefined;
}): Promise<string> {
  if (operatorId === caller.actor.id) throw invalid('operator_id', 'must be somebody else');
  const { operators, operatorSessions } = ctx.store;
  return commitChange({
    ctx,
    completion,
    change: async (session) => {
      const removed = await operators.remove(operatorId, ctx.now(), session);
      if (!removed) throw new AppError('operator_not_found');
      await ctx.store.twoSteps.delete(operatorId, session);
      await operatorSessions.deleteOf(operatorId, session);
      await operators.deleteLinksFor(operatorId, session);
      await operators.deleteLinksBy(operatorId, session);
      const [action, reason] = ['operator.removed' as const, operatorId];
      await recordChange({ ctx, session, companyId: OPERATOR_LOG, action, caller, reason });
      return operatorId;
    },
  });
}
