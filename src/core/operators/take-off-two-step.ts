import type { Caller, Context } from '../../context';
import { AppError, invalid } from '../../errors';
import { tellByMail } from '../accounts/tell-by-mail';
import { OPERATOR_LOG } from '../audit/operator-log';
import { recordChange } from '../audit/record-change';
import { twoStepOff } from '../messages/letters';
import { turnOff } from '../two-step/turn-off';
import { operatorAccount } from './operator-account';

/**
 * Takes two-step sign-in off for another operator who has lost their phone and their recovery codes,
 * and ends their sessions.
 * @param reason see `takeOffReason`
 * @throws AppError operator_not_found, two_step_off; invalid_request for oneself, which takes a code
 */
export async function takeOffTwoStep({
  ctx,
  operatorId,
  caller,
  reason: why,
}: {
  ctx: Context;
  operatorId: string;
  caller: Caller;
  reason: string;
}): Promise<void> {
  if (operatorId === caller.actor.id) throw invalid('operator_id', 'must be somebody else');
  await ctx.store.transaction(async (session) => {
    const operator = await ctx.store.operators.find(operatorId, session);
    if (!operator) throw new AppError('operator_not_found');
    await turnOff({ ctx, account: operatorId, session });
    await ctx.store.operatorSessions.deleteOf(operatorId, session);
    const reason = `${operatorId}: ${why}`;
    const action = 'operator.two_step_taken_off';
    await recordChange({ ctx, session, companyId: OPERATOR_LOG, action, caller, reason });
    const account = operatorAccount(operator);
    await tellByMail({ ctx, session, account, ip: null, write: twoStepOff });
  });
}
