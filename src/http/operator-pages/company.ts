import { listCleanups } from '../../core/cleanup/list-cleanups';
import { getCompany } from '../../core/companies/get-company';
import { listApiKeys } from '../../core/credentials/list-api-keys';
import { listProperties } from '../../core/credentials/list-properties';
import { listTokens } from '../../core/credentials/list-tokens';
import { listLegalHolds } from '../../core/legal-holds/list-legal-holds';
import { AppError } from '../../errors';
import { listUsers } from '../../core/users/list-users';
import { listTopUps } from '../../core/top-ups/list-top-ups';
import { getWallet } from '../../core/wallet/get-wallet';
import { topUp } from '../../core/wallet/top-up';
import type { Context } from '../../context';
import { amountUsd } from '../amount-usd';
import { field, type PageCall, type Redirect } from '../pages/page-router';
import {
  newOperationId,
  operationIdOf,
  putAway,
  showOnce,
  shownOnce,
  type ShownOnceItem,
  type ShownOncePage,
} from '../pages/shown-once';
import { operatorCaller } from '../operator/require-operator';
import {
  backTo,
  type OperatorPage,
  type OperatorRoutes,
  parameter,
  PREFIX,
  queried,
} from './operator-page';

const CLEANUPS_PAGE_SIZE = 20;

/** What was typed into the page's forms, and what is wrong with it. */
export interface CompanyForms {
  typed?: Record<string, string>;
  errors?: Record<string, string>;
}

/** The path of a company's page. */
export function companyPath(companyId: string): string {
  return `${PREFIX}/companies/${encodeURIComponent(companyId)}`;
}

/** Everything about one company, and its forms. */
export function mountCompany({ ctx, get, post }: OperatorRoutes): void {
  get('/companies/:company_id', (call) => companyPage(ctx, call));
  post('/companies/:company_id/top-ups', (call) => addMoney(ctx, call));
  post('/companies/:company_id/copied', (call) => {
    const path = companyPath(parameter(call, 'company_id'));
    putAway(ctx, call, path);
    return { redirect: call.link(path) };
  });
}

/** Back to a company's page, which shows what was made for it. */
export function backShowing(ctx: Context, call: PageCall, made: ShownOnceItem): Redirect {
  const path = companyPath(parameter(call, 'company_id'));
  showOnce(ctx, call, shownAt(path), made);
  return { redirect: call.link(path) };
}

function shownAt(path: string): ShownOncePage {
  return { path, owner: 'operator' };
}

/**
 * Shows a company.
 * @throws AppError company_not_found
 */
export async function companyPage(
  ctx: Context,
  call: PageCall,
  { typed = {}, errors = {} }: CompanyForms = {},
): Promise<OperatorPage> {
  const companyId = parameter(call, 'company_id');
  const company = await getCompany({ ctx, companyId });
  const cursor = queried(call, 'cursor') || undefined;
  const [wallet, topUps, lists, { cleanups, next_cursor }] = await Promise.all([
    getWallet({ ctx, companyId }),
    listTopUps({ ctx, companyId }),
    listsOf(ctx, companyId),
    listCleanups({ ctx, companyId, limit: CLEANUPS_PAGE_SIZE, cursor }),
  ]);
  const path = companyPath(companyId);
  return {
    section: 'companies',
    status: Object.keys(errors).length > 0 ? 400 : 200,
    template: 'operator-pages/company',
    title: company.name,
    data: {
      company,
      wallet,
      requests: topUps.waiting.map((one) => ({ ...one, company_name: company.name })),
      ...lists,
      cleanups,
      path,
      typed,
      errors,
      made: shownOnce(ctx, call.request, shownAt(path)),
      operationId: newOperationId(),
      first: cursor === undefined ? null : path,
      next: next_cursor && `${path}?cursor=${encodeURIComponent(next_cursor)}`,
    },
  };
}

async function listsOf(ctx: Context, companyId: string) {
  const [properties, apiKeys, tokens, users, holds] = await Promise.all([
    listProperties({ ctx, companyId }),
    listApiKeys({ ctx, companyId }),
    listTokens({ ctx, companyId }),
    listUsers({ ctx, companyId }),
    listLegalHolds({ ctx, companyId }),
  ]);
  return { properties, apiKeys, tokens, users, holds };
}

async function addMoney(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const { request, t } = call;
  const companyId = parameter(call, 'company_id');
  const typed = { amount_usd: field(request, 'amount_usd') };
  const refused = () =>
    companyPage(ctx, call, { typed, errors: { amount_usd: t.operator.wallet.wrong } });
  const amount = amountUsd.safeParse(typed.amount_usd.trim());
  if (!amount.success) return refused();
  const payment = {
    ctx,
    companyId,
    amountMicrousd: amount.data,
    caller: operatorCaller(call.request),
    // A form that is sent twice tops up once.
    operationId: operationIdOf(request),
  };
  try {
    await topUp(payment);
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid_request') return refused();
    throw error;
  }
  return backTo(call, companyPath(companyId), 'toppedUp');
}
