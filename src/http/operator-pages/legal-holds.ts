import { type HoldSubject, holdToLift, newHold } from '../../core/legal-holds/legal-hold-subject';
import { listLegalHolds } from '../../core/legal-holds/list-legal-holds';
import { lookUpSubject } from '../../core/legal-holds/look-up-subject';
import { placeLegalHold } from '../../core/legal-holds/place-legal-hold';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { operatorCaller } from '../operator/require-operator';
import { field, type PageCall, type Redirect } from '../pages/page-router';
import { type CompanyForms, companyOf, companyPath, companyTab, tabPath } from './company-page';
import { openFound, sealFound } from './found-subject';
import { mountLifting, refOf } from './lift-hold';
import { backTo, type OperatorPage, type OperatorRoutes, parameter } from './operator-page';

/** Looking up what a legal hold is to cover, placing it, and lifting it once that is confirmed. */
export function mountLegalHolds(routes: OperatorRoutes): void {
  const { ctx, get, post } = routes;
  const path = '/companies/:company_id/holds';
  get(path, (call) => page(ctx, call));
  // Who is looked up comes in the body, and goes on sealed: no URL names a person.
  post(`${path}/find`, (call) => find(ctx, call));
  get(`${path}/found/:found`, (call) => found(ctx, call, parameter(call, 'found')), {
    adminsOnly: true,
  });
  post(path, (call) => place(ctx, call));
  mountLifting(routes);
}

async function page(ctx: Context, call: PageCall, forms: CompanyForms = {}): Promise<OperatorPage> {
  const company = await companyOf(ctx, call);
  const { company_id: companyId } = company;
  const listed = await listLegalHolds({ ctx, companyId });
  const holds = listed.map((hold) => ({ ...hold, ref: refOf(ctx, companyId, hold) }));
  return companyTab(ctx, call, { company, tab: 'holds', data: { holds }, ...forms });
}

/** What the form names; null: something else than it says. */
function subjectOf(scope: string, subject: string): HoldSubject | null {
  if (scope === 'user') return { user_id: subject };
  if (scope === 'certificate') return { certificate_id: subject };
  return scope === 'all' ? { all: true } : null;
}

async function find(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const { request, t } = call;
  const companyId = parameter(call, 'company_id');
  const [scope, typed] = [field(request, 'scope'), field(request, 'subject').trim()];
  const words = t.operator.holds;
  const wrong = (errors: Record<string, string>) =>
    page(ctx, call, { typed: { scope, subject: typed }, errors });
  const subject = subjectOf(scope, typed);
  if (!subject) return wrong({ scope: words.wrongScope });
  if (subject.all && typed !== '') return wrong({ subject: words.subjectOfAll });
  const read = holdToLift.safeParse(subject);
  if (!read.success) return wrong({ subject: words.wrongSubject });
  try {
    const caller = operatorCaller(request);
    const looked = await lookUpSubject({ ctx, companyId, caller, subject: read.data });
    const sealed = sealFound(ctx, companyId, looked);
    return { redirect: call.link(`${companyPath(companyId)}/holds/found/${sealed}`) };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'certificate_not_found') throw error;
    return wrong({ subject: words.noSuchCertificate(typed) });
  }
}

/** What would be held, and the field for why. */
async function found(
  ctx: Context,
  call: PageCall,
  sealed: string,
  forms: CompanyForms = {},
): Promise<OperatorPage | Redirect> {
  const company = await companyOf(ctx, call);
  const { company_id: companyId } = company;
  const opened = openFound(ctx, companyId, sealed);
  if (!opened) return backTo(call, tabPath(companyId, 'holds'), 'holdExpired');
  const shown = await companyTab(ctx, call, {
    company,
    tab: 'holds',
    data: { found: opened, sealed },
    ...forms,
  });
  return { ...shown, template: 'operator-pages/company-hold' };
}

async function place(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const { request, t } = call;
  const companyId = parameter(call, 'company_id');
  const [sealed, reason] = [field(request, 'found'), field(request, 'reason')];
  const back = tabPath(companyId, 'holds');
  const opened = openFound(ctx, companyId, sealed);
  if (!opened) return backTo(call, back, 'holdExpired');
  const input = newHold.safeParse({ ...opened.subject, reason });
  if (!input.success) {
    const errors = { reason: t.operator.holds.wrongReason };
    return found(ctx, call, sealed, { typed: { reason }, errors });
  }
  await placeLegalHold({ ctx, companyId, caller: operatorCaller(request), input: input.data });
  return backTo(call, back, 'holdPlaced');
}
