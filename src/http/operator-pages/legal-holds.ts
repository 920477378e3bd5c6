import { getCompany } from '../../core/companies/get-company';
import { type HoldSubject, holdToLift, newHold } from '../../core/legal-holds/legal-hold-subject';
import { liftLegalHold } from '../../core/legal-holds/lift-legal-hold';
import { placeLegalHold } from '../../core/legal-holds/place-legal-hold';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { field, type PageCall, type Redirect } from '../pages/page-router';
import { operatorCaller } from '../operator/require-operator';
import { companyPage, companyPath } from './company';
import {
  backTo,
  type OperatorPage,
  type OperatorRoutes,
  parameter,
  queried,
} from './operator-page';

/** Placing legal holds, and lifting them once that is confirmed. */
export function mountLegalHolds({ ctx, get, post }: OperatorRoutes): void {
  post('/companies/:company_id/holds', (call) => place(ctx, call));
  get('/companies/:company_id/holds/lift', (call) => askToLift(ctx, call));
  post('/companies/:company_id/holds/lift', (call) => lift(ctx, call));
}

function subjectOf(scope: string, subject: string): HoldSubject {
  if (scope === 'user') return { user_id: subject };
  return scope === 'certificate' ? { certificate_id: subject } : { all: true };
}

async function place(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const { request, t } = call;
  const companyId = parameter(call, 'company_id');
  const [scope, subject] = [field(request, 'scope'), field(request, 'subject').trim()];
  const reason = field(request, 'reason');
  const input = newHold.safeParse({ ...subjectOf(scope, subject), reason });
  if (!input.success) {
    const { wrongReason, wrongSubject } = t.operator.holds;
    const errors = Object.fromEntries(
      input.error.issues.map(({ path }) =>
        path[0] === 'reason' ? ['reason', wrongReason] : ['subject', wrongSubject],
      ),
    );
    return companyPage(ctx, call, { typed: { scope, subject, reason }, errors });
  }
  await placeLegalHold({ ctx, companyId, caller: operatorCaller(call.request), input: input.data });
  return backTo(call, companyPath(companyId), 'holdPlaced');
}

async function askToLift(ctx: Context, call: PageCall): Promise<OperatorPage> {
  const companyId = parameter(call, 'company_id');
  const company = await getCompany({ ctx, companyId });
  const hidden = { scope: queried(call, 'scope'), subject: queried(call, 'subject') };
  const back = companyPath(companyId);
  const words = call.t.operator.holds;
  return {
    section: 'companies',
    template: 'operator-pages/confirm',
    title: words.liftTitle,
    data: {
      company,
      back,
      action: `${back}/holds/lift`,
      hidden,
      heading: words.liftOne(words.subject(subjectOf(hidden.scope, hidden.subject))),
      text: words.liftNote,
      button: words.lift,
    },
  };
}

async function lift(ctx: Context, call: PageCall): Promise<Redirect> {
  const { request } = call;
  const companyId = parameter(call, 'company_id');
  const back = companyPath(companyId);
  const subject = subjectOf(field(request, 'scope'), field(request, 'subject'));
  const input = holdToLift.safeParse(subject);
  if (!input.success) throw new AppError('hold_not_found');
  try {
    await liftLegalHold({
      ctx,
      companyId,
      caller: operatorCaller(call.request),
      input: input.data,
    });
  } catch (error) {
    const gone = error instanceof AppError && error.code === 'hold_not_found';
    if (gone) return backTo(call, back, 'holdGone');
    throw error;
  }
  return backTo(call, back, 'holdLifted');
}
