import { getCompany } from '../../core/companies/get-company';
import { getOperator } from '../../core/operators/list-operators';
import { takeOffTwoStep as takeOffOperators } from '../../core/operators/take-off-two-step';
import { getUser } from '../../core/users/get-user';
import { takeOffReason, takeOffTwoStep } from '../../core/users/take-off-two-step';
import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { operatorCaller } from '../operator/require-operator';
import { field, type PageCall, type Redirect } from '../pages/page-router';
import { companyPath, tabPath } from './company-page';
import { backTo, type OperatorPage, type OperatorRoutes, parameter, PREFIX } from './operator-page';

const OPERATORS = `${PREFIX}/operators`;

/** Somebody with two-step sign-in, and how it is taken off. */
interface Person {
  section: 'companies' | 'operators';
  heading: string;
  email: string;
  isOn: boolean;
  /** Who reads the reason. */
  readers: 'company' | 'operators';
  /** Of the form, and of the page that leads to it. */
  action: string;
  back: string;
  takeOff: (how: { caller: Caller; reason: string }) => Promise<void>;
}

type Find = (call: PageCall) => Promise<Person>;

/** Taking two-step sign-in off for somebody who has lost it, for a reason. */
export function mountTwoStep(routes: OperatorRoutes): void {
  const { ctx } = routes;
  mountFor(routes, '/companies/:company_id/people/:user_id/two-step', (call) => user(ctx, call));
  mountFor(routes, '/operators/:operator_id/two-step', (call) => operator(ctx, call));
}

function mountFor({ get, post }: OperatorRoutes, path: string, find: Find): void {
  const question = async (call: PageCall) => {
    const person = await find(call);
    return person.isOn ? ask(call, person) : backTo(call, person.back, 'twoStepGone');
  };
  get(path, question, { adminsOnly: true });
  post(path, async (call) => takeOff(call, await find(call)), { fresh: true });
}

async function user(ctx: Context, call: PageCall): Promise<Person> {
  const [companyId, userId] = [parameter(call, 'company_id'), parameter(call, 'user_id')];
  const [company, found] = await Promise.all([
    getCompany({ ctx, companyId }),
    getUser({ ctx, companyId, userId }),
  ]);
  return {
    section: 'companies',
    heading: company.name,
    email: found.email,
    isOn: found.two_step_enabled,
    readers: 'company',
    action: `${companyPath(companyId)}/people/${encodeURIComponent(userId)}/two-step`,
    back: tabPath(companyId, 'people'),
    takeOff: (how) => takeOffTwoStep({ ctx, companyId, userId, ...how }),
  };
}

async function operator(ctx: Context, call: PageCall): Promise<Person> {
  const operatorId = parameter(call, 'operator_id');
  const found = await getOperator({ ctx, operatorId });
  return {
    section: 'operators',
    heading: call.t.operator.operators.title,
    email: found.email,
    isOn: found.two_step_enabled,
    readers: 'operators',
    action: `${OPERATORS}/${encodeURIComponent(operatorId)}/two-step`,
    back: OPERATORS,
    takeOff: (how) => takeOffOperators({ ctx, operatorId, ...how }),
  };
}

function ask(
  { t }: PageCall,
  { section, heading, email, readers, action, back }: Person,
  typed: { reason?: string; error?: string } = {},
): OperatorPage {
  const words = t.operator.twoStep;
  const question = words.question(email);
  return {
    section,
    status: typed.error === undefined ? 200 : 400,
    template: 'operator-pages/two-step',
    title: question,
    data: { heading, question, hint: words.reasonHints[readers], action, back, typed },
  };
}

async function takeOff(call: PageCall, person: Person): Promise<OperatorPage | Redirect> {
  const { request, t } = call;
  const reason = field(request, 'reason');
  const input = takeOffReason.safeParse({ reason });
  if (!input.success) {
    return ask(call, person, { reason, error: t.operator.twoStep.wrongReason });
  }
  try {
    await person.takeOff({ caller: operatorCaller(request), reason: input.data.reason });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'two_step_off') throw error;
    return backTo(call, person.back, 'twoStepGone');
  }
  return backTo(call, person.back, 'twoStepTakenOff');
}
