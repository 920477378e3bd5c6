import { countDue, MAX_DUE_COUNTED } from '../../core/cleanup/count-due';
import { listCleanups } from '../../core/cleanup/list-cleanups';
import { POLICY_DAYS, removesMore } from '../../core/cleanup/removes-more';
import type { CompanyView } from '../../core/companies/company-view';
import { companyChange } from '../../core/companies/settings';
import { updateCompany } from '../../core/companies/update-company';
import type { Context } from '../../context';
import { operatorCaller } from '../operator/require-operator';
import { field, type PageCall, type Redirect } from '../pages/page-router';
import {
  type CompanyForms,
  companyOf,
  companyPath,
  companyQuestion,
  companyTab,
  tabPath,
} from './company-page';
import { backTo, type OperatorPage, type OperatorRoutes, queried } from './operator-page';

type Policy = CompanyView['retention'];
type Typed = Record<keyof Policy, string>;

const PAGE_SIZE = 20;

/** A company's clean-up policy, which is asked about before it removes more, and its clean-ups. */
export function mountCompanyCleanups({ ctx, get, post }: OperatorRoutes): void {
  get('/companies/:company_id/cleanups', (call) => page(ctx, call));
  get('/companies/:company_id/retention/confirm', (call) => ask(ctx, call));
  post('/companies/:company_id/retention', (call) => save(ctx, call));
}

async function page(
  ctx: Context,
  call: PageCall,
  { typed, errors }: CompanyForms = {},
): Promise<OperatorPage> {
  const company = await companyOf(ctx, call);
  const { company_id: companyId } = company;
  const cursor = queried(call, 'cursor') || undefined;
  const { cleanups, next_cursor } = await listCleanups({
    ctx,
    companyId,
    limit: PAGE_SIZE,
    cursor,
  });
  const path = tabPath(companyId, 'cleanups');
  return companyTab(ctx, call, {
    company,
    tab: 'cleanups',
    typed: typed ?? { ...company.retention },
    ...(errors && { errors }),
    data: {
      cleanups,
      dayFields: POLICY_DAYS,
      first: cursor === undefined ? null : path,
      next: next_cursor && `${path}?cursor=${encodeURIComponent(next_cursor)}`,
    },
  });
}

/** The policy that was typed, or what is wrong with it, by field. */
function readPolicy(
  typed: Typed,
  { t }: PageCall,
): { policy: Policy } | { errors: Record<string, string> } {
  const days = POLICY_DAYS.map((name) => [
    name,
    /^\d{1,6}$/.test(typed[name]) ? Number(typed[name]) : NaN,
  ]);
  const retention = { action: typed.action, ...(Object.fromEntries(days) as object) };
  const read = companyChange.safeParse({ retention });
  if (read.success) return { policy: read.data.retention as Policy };
  const { wrongAction, wrongDays } = t.operator.cleanups;
  const errors = read.error.issues.map(({ path }) => {
    const name = String(path[1]);
    return [name, name === 'action' ? wrongAction : wrongDays] as const;
  });
  return { errors: Object.fromEntries(errors) };
}

async function ask(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const company = await companyOf(ctx, call);
  const { company_id: companyId } = company;
  const names = ['action', ...POLICY_DAYS] as const;
  const typed = Object.fromEntries(names.map((name) => [name, queried(call, name)])) as Typed;
  const read = readPolicy(typed, call);
  if ('errors' in read) return page(ctx, call, { typed, errors: read.errors });
  const { policy } = read;
  const { action } = policy;
  if (action === 'keep') return { redirect: call.link(tabPath(companyId, 'cleanups')) };
  const words = call.t.operator.cleanups;
  const due = await countDue({ ctx, companyId, policy });
  return companyQuestion({
    company,
    tab: 'cleanups',
    action: `${companyPath(companyId)}/retention`,
    hidden: { ...typed, confirmed: '1' },
    words: {
      title: words.confirmTitle,
      heading: words.confirmHeading[action](company.name),
      text: words.due(due, MAX_DUE_COUNTED),
      more: [`${words.policy(action, policy)}.`, words.irreversible[action]],
      button: words.confirm[action],
    },
  });
}

async function save(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const { request } = call;
  const company = await companyOf(ctx, call);
  const { company_id: companyId } = company;
  const names = ['action', ...POLICY_DAYS] as const;
  const typed = Object.fromEntries(
    names.map((name) => [name, field(request, name).trim()]),
  ) as Typed;
  const read = readPolicy(typed, call);
  if ('errors' in read) return page(ctx, call, { typed, errors: read.errors });
  const { policy: retention } = read;
  if (removesMore(company.retention, retention) && field(request, 'confirmed') !== '1') {
    const query = new URLSearchParams(typed).toString();
    return { redirect: call.link(`${companyPath(companyId)}/retention/confirm?${query}`) };
  }
  const caller = operatorCaller(request);
  await updateCompany({ ctx, companyId, caller, input: { retention } });
  return backTo(call, tabPath(companyId, 'cleanups'), 'policySaved');
}
