import type { Context } from '../../context';
import { AppError } from '../../errors';
import { getTwoStep, whoHasTwoStep } from '../two-step/get-two-step';
import { type OperatorView, operatorView } from './operator-view';

/** An operator in the list of them. */
export interface ListedOperator extends OperatorView {
  /** Of the link that they have not used yet, in ISO 8601; null: there is none. */
  link_expires_at: string | null;
  two_step_enabled: boolean;
}

/** The named operators, oldest first, at most 1,000. */
export async function listOperators({ ctx }: { ctx: Context }): Promise<ListedOperator[]> {
  const { operators } = ctx.store;
  const [all, links] = await Promise.all([operators.list(), operators.linkExpiries(ctx.now())]);
  const withTwoStep = await whoHasTwoStep({ ctx, accounts: all.map(({ _id }) => _id) });
  const expiries = new Map(links.map((link) => [link.operator_id, link.expires_at]));
  return all.map((one) => ({
    ...operatorView(one),
    link_expires_at: expiries.get(one._id)?.toISOString() ?? null,
    two_step_enabled: withTwoStep.has(one._id),
  }));
}

/**
 * One operator.
 * @throws AppError operator_not_found
 */
export async function getOperator({
  ctx,
  operatorId,
}: {
  ctx: Context;
  operatorId: string;
}): Promise<OperatorView & { two_step_enabled: boolean }> {
  const [operator, twoStep] = await Promise.all([
    ctx.store.operators.find(operatorId),
    getTwoStep({ ctx, account: operatorId }),
  ]);
  if (!operator) throw new AppError('operator_not_found');
  return { ...operatorView(operator), two_step_enabled: twoStep !== null };
}
