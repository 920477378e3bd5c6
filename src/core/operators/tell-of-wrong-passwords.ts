import type { Context } from '../../context';
import { DAY_MS } from '../../lib/durations';
import type { Operator } from '../../store/operators';
import { OPERATOR_LOG } from '../audit/operator-log';
import { recordChange } from '../audit/record-change';

/** An operator is told at the 10th wrong password, and again at the 100th, the 1,000th … */
const TOLD_AT = /^10+$/;

/**
 * Counts a wrong password of an operator, from wherever, and tells them when there have been many
 * without a day between: by a notice on their pages and an entry in the audit.
 */
export async function tellOfWrongPassword({
  ctx,
  operator: { _id },
  ip,
  now,
}: {
  ctx: Context;
  operator: Operator;
  ip: string;
  now: Date;
}): Promise<void> {
  const { operators } = ctx.store;
  const count = await operators.countWrongPassword(_id, now, DAY_MS);
  if (!TOLD_AT.test(String(count))) return;
  await ctx.store.transaction(async (session) => {
    await operators.setPasswordNotice(_id, { at: now, ip, count }, session);
    await recordChange({
      ctx,
      session,
      companyId: OPERATOR_LOG,
      action: 'operator.wrong_passwords',
      caller: { actor: { type: 'system', id: null }, ip },
      reason: `${String(count)} for ${_id}`,
    });
  });
}

/** Puts away the notice of wrong passwords, once its person has seen it. */
export async function putNoticeAway({
  ctx,
  operatorId,
}: {
  ctx: Context;
  operatorId: string;
}): Promise<void> {
  await ctx.store.operators.setPasswordNotice(operatorId, null);
}
