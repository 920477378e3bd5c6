import { listApiKeys } from '../../core/credentials/list-api-keys';
import { listTokens } from '../../core/credentials/list-tokens';
import { SCOPES } from '../../core/credentials/scopes';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { PageCall, Redirect } from '../pages/page-router';
import type { ShownOnceItem } from '../pages/shown-once';
import { backShowing, type CompanyForms, companyOf, companyTab, tabPath } from './company-page';
import { type OperatorPage, type OperatorRoutes, parameter } from './operator-page';

/** A company's tokens and key pairs, and the forms that make them. */
export function mountCredentials({ ctx, get }: OperatorRoutes): void {
  get('/companies/:company_id/credentials', (call) => credentialsPage(ctx, call));
}

/**
 * Shows what a company calls with.
 * @throws AppError company_not_found
 */
export async function credentialsPage(
  ctx: Context,
  call: PageCall,
  { typed, errors }: CompanyForms = {},
): Promise<OperatorPage> {
  const company = await companyOf(ctx, call);
  const { company_id: companyId } = company;
  const [tokens, apiKeys] = await Promise.all([
    listTokens({ ctx, companyId }),
    listApiKeys({ ctx, companyId }),
  ]);
  return companyTab(ctx, call, {
    company,
    tab: 'credentials',
    typed: { scopes: [...SCOPES], ...typed },
    ...(errors && { errors }),
    data: { tokens, apiKeys, allScopes: SCOPES },
  });
}

/** Makes a credential and goes back to the page, which shows it. */
export async function makeAndShow(
  ctx: Context,
  call: PageCall,
  make: () => Promise<ShownOnceItem>,
): Promise<Redirect> {
  try {
    return backShowing(ctx, call, 'credentials', await make());
  } catch (error) {
    // The same form, sent again after it has been shown for long enough.
    if (!(error instanceof AppError) || error.code !== 'already_exists') throw error;
    return { redirect: call.link(tabPath(parameter(call, 'company_id'), 'credentials')) };
  }
}
