import { setUpSteps } from '../../core/activity/set-up-steps';
import { getCompany } from '../../core/companies/get-company';
import type { CompanyView } from '../../core/companies/company-view';
import type { Context } from '../../context';
import type { PageCall, Redirect } from '../pages/page-router';
import { newOperationId, showOnce, shownOnce, type ShownOnceItem } from '../pages/shown-once';
import { type OperatorPage, parameter, PREFIX, shownTo } from './operator-page';

/** The pages about one company, in the order of the tabs; each has its name as its path. */
export const TABS = [
  'overview',
  'settings',
  'properties',
  'credentials',
  'people',
  'wallet',
  'cleanups',
  'holds',
] as const;
export type Tab = (typeof TABS)[number];

/** What was typed into a page's forms, and what is wrong with it. */
export interface CompanyForms {
  typed?: Record<string, unknown>;
  errors?: Record<string, string>;
}

/** What a tab shows. */
interface TabPage extends CompanyForms {
  company: CompanyView;
  tab: Tab;
  data: Record<string, unknown>;
  /** Else 400 where anything is wrong, and 200. */
  status?: number;
}

/** The path of a company's page. */
export function companyPath(companyId: string): string {
  return `${PREFIX}/companies/${encodeURIComponent(companyId)}`;
}

/** The path of one of its tabs. */
export function tabPath(companyId: string, tab: Tab): string {
  return companyPath(companyId) + (tab === 'overview' ? '' : `/${tab}`);
}

/**
 * The company that the path names.
 * @throws AppError company_not_found
 */
export function companyOf(ctx: Context, call: PageCall): Promise<CompanyView> {
  return getCompany({ ctx, companyId: parameter(call, 'company_id') });
}

/** Back to a tab of a company, which shows what was made for it. */
export function backShowing(ctx: Context, call: PageCall, tab: Tab, made: ShownOnceItem): Redirect {
  const companyId = parameter(call, 'company_id');
  showOnce(ctx, call, shownTo(call.request, companyPath(companyId)), made);
  return { redirect: call.link(tabPath(companyId, tab)) };
}

/** A tab of a company, with what was made, and which steps of its set-up are still to be done. */
export async function companyTab(
  ctx: Context,
  call: PageCall,
  { company, tab, data, typed = {}, errors = {}, status }: TabPage,
): Promise<OperatorPage> {
  const { company_id: companyId } = company;
  const failed = Object.keys(errors).length > 0;
  const words = call.t.operator.company;
  return {
    section: 'companies',
    status: status ?? (failed ? 400 : 200),
    template: `operator-pages/company-${tab}`,
    title: tab === 'overview' ? company.name : `${words.tabs[tab]} · ${company.name}`,
    data: {
      company,
      tab,
      tabs: TABS.map((name) => ({ name, path: tabPath(companyId, name) })),
      path: companyPath(companyId),
      setUp: await setUpSteps({ ctx, company }),
      // One cookie for all tabs, so that it is seen wherever somebody goes on.
      made: shownOnce(ctx, call.request, shownTo(call.request, companyPath(companyId))),
      operationId: newOperationId(),
      typed,
      errors,
      ...data,
    },
  };
}

/** What a question says. */
interface QuestionWords {
  title: string;
  heading: string;
  text: string;
  /** Further paragraphs. */
  more?: string[];
  button: string;
}

/** A question about a company, before something that cannot be undone. */
export function companyQuestion({
  company,
  tab,
  words: { title, ...words },
  action,
  hidden = {},
  danger = true,
}: {
  company: Pick<CompanyView, 'company_id' | 'name'>;
  /** Where "Cancel" leads. */
  tab: Tab;
  words: QuestionWords;
  action: string;
  hidden?: Record<string, string>;
  danger?: boolean;
}): OperatorPage {
  const back = tabPath(company.company_id, tab);
  return {
    section: 'companies',
    template: 'operator-pages/confirm',
    title,
    data: { company, back, action, hidden, danger, ...words },
  };
}
