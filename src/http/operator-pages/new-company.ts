import { createCompany } from '../../core/companies/create-company';
import { newCompany } from '../../core/companies/settings';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { wrongFields } from '../dashboard/wrong-fields';
import { operatorCaller } from '../operator/require-operator';
import { field, type PageCall, type Redirect } from '../pages/page-router';
import { newOperationId, operationIdOf } from '../pages/shown-once';
import { companyPath } from './company-page';
import { backTo, type OperatorPage, type OperatorRoutes } from './operator-page';

/** Creating a company; its own page then says what it needs. */
export function mountNewCompany({ ctx, get, post }: OperatorRoutes): void {
  // Not below /companies: there "new" could be the id of one.
  get('/new-company', (call) => form(call), { adminsOnly: true });
  post('/companies', (call) => create(ctx, call));
}

function form(
  call: PageCall,
  typed: Record<string, string> = {},
  errors: Record<string, string> = {},
): OperatorPage {
  return {
    section: 'companies',
    status: Object.keys(errors).length > 0 ? 400 : 200,
    template: 'operator-pages/new-company',
    title: call.t.operator.newCompany.title,
    data: { typed, errors, operationId: operationIdOf(call.request) ?? newOperationId() },
  };
}

async function create(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const { request, t } = call;
  const words = t.operator.newCompany;
  const typed = { name: field(request, 'name'), company_id: field(request, 'company_id') };
  const input = newCompany.safeParse({
    name: typed.name,
    company_id: typed.company_id.trim() === '' ? undefined : typed.company_id,
  });
  if (!input.success) {
    const { name } = t.operator.settings.wrong;
    return form(call, typed, wrongFields(input.error, { name, company_id: words.wrongId }));
  }
  const operationId = operationIdOf(request);
  try {
    const caller = operatorCaller(request);
    const company = await createCompany({ ctx, caller, input: input.data, operationId });
    return backTo(call, companyPath(company.company_id), 'companyCreated');
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'already_exists') throw error;
    return form(call, typed, { company_id: words.taken(typed.company_id.trim()) });
  }
}
