import { getCompany } from '../../core/companies/get-company';
import { getUser } from '../../core/users/get-user';
import { takeOffReason, takeOffTwoStep } from '../../core/users/take-off-two-step';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { operatorCaller } from '../operator/require-operator';
import { field, type PageCall, type Redirect } from '../pages/page-router';
import { companyPath, tabPath } from './company-page';
import { backTo, type OperatorPage, type OperatorRoutes, parameter } from './operator-page';

const PATH = '/companies/:company_id/people/:user_id/two-step';

/** Taking two-step sign-in off for somebody who has lost it, for a reason. */
export function mountTwoStep({ ctx, get, post }: OperatorRoutes): void {
  get(PATH, (call) => ask(ctx, call), { adminsOnly: true });
  post(PATH, (call) => takeOff(ctx, call));
}

async function ask(
  ctx: Context,
  call: PageCall,
  typed: { reason?: string; error?: string } = {},
): Promise<OperatorPage | Redirect> {
  const companyId = parameter(call, 'company_id');
  const back = tabPath(companyId, 'people');
  const [company, user] = await Promise.all([
    getCompany({ ctx, companyId }),
    getUser({ ctx, companyId, userId: parameter(call, 'user_id') }),
  ]);
  if (!user.two_step_enabled) return backTo(call, back, 'twoStepGone');
  const question = call.t.operator.twoStep.question(user.email);
  return {
    section: 'companies',
    status: typed.error === undefined ? 200 : 400,
    template: 'operator-pages/two-step',
    title: question,
    data: {
      company,
      question,
      back,
      typed,
      action: `${companyPath(companyId)}/people/${encodeURIComponent(user.user_id)}/two-step`,
    },
  };
}

async function takeOff(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const companyId = parameter(call, 'company_id');
  const reason = field(call.request, 'reason');
  const input = takeOffReason.safeParse({ reason });
  if (!input.success) {
    return ask(ctx, call, { reason, error: call.t.operator.twoStep.wrongReason });
  }
  const back = tabPath(companyId, 'people');
  const caller = operatorCaller(call.request);
  const userId = parameter(call, 'user_id');
  try {
    await takeOffTwoStep({ ctx, companyId, userId, caller, reason: input.data.reason });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'two_step_off') throw error;
    return backTo(call, back, 'twoStepGone');
  }
  return backTo(call, back, 'twoStepTakenOff');
}
