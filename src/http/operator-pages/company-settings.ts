import type { CompanyView } from '../../core/companies/company-view';
import { updateCompany } from '../../core/companies/update-company';
import type { Context } from '../../context';
import { derivedId } from '../../lib/derived-ids';
import { operatorCaller } from '../operator/require-operator';
import { field, type PageCall, type Redirect } from '../pages/page-router';
import { companyOf, companyTab, tabPath } from './company-page';
import { backTo, type OperatorPage, type OperatorRoutes } from './operator-page';
import {
  LIMIT_NAMES,
  readSettings,
  STANDARD_LIMITS,
  typedInto,
  typedOf,
  type TypedSettings,
} from './settings-form';

/** The settings of a company but for its clean-up policy, which is asked about. */
export function mountSettings({ ctx, get, post }: OperatorRoutes): void {
  get('/companies/:company_id/settings', async (call) => {
    const company = await companyOf(ctx, call);
    return page(ctx, call, { company, typed: typedOf(company) });
  });
  post('/companies/:company_id/settings', (call) => save(ctx, call));
}

interface SettingsPage {
  company: CompanyView;
  typed: TypedSettings;
  errors?: Record<string, string>;
  /** Somebody else was faster. */
  changed?: boolean;
}

function page(
  ctx: Context,
  call: PageCall,
  { company, typed, errors = {}, changed = false }: SettingsPage,
): Promise<OperatorPage> {
  return companyTab(ctx, call, {
    company,
    tab: 'settings',
    typed: { ...typed },
    errors,
    ...(changed && { status: 409 }),
    data: {
      limitNames: LIMIT_NAMES,
      standardLimits: STANDARD_LIMITS,
      version: versionOf(company),
      changed,
    },
  });
}

async function save(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const { request, t } = call;
  const company = await companyOf(ctx, call);
  const { company_id: companyId } = company;
  const typed = typedInto(request);
  const read = readSettings(typed, company, t.operator.settings.wrong);
  if ('errors' in read) return page(ctx, call, { company, typed, errors: read.errors });
  const back = tabPath(companyId, 'settings');
  // Only what differs is changed, and named in the audit log.
  if (Object.keys(read.change).length === 0) return backTo(call, back, 'settingsSame');
  if (field(request, 'version') !== versionOf(company)) {
    return page(ctx, call, { company, typed, changed: true });
  }
  await updateCompany({ ctx, companyId, caller: operatorCaller(request), input: read.change });
  return backTo(call, back, 'settingsSaved');
}

/** Names the settings that a form was made from, so that one that is out of date undoes nothing. */
function versionOf(company: CompanyView): string {
  return derivedId('set', [company]);
}
