import { nameActors } from '../../core/audit/name-actors';
import { listTopUps } from '../../core/top-ups/list-top-ups';
import { getWallet } from '../../core/wallet/get-wallet';
import { listEntries } from '../../core/wallet/list-entries';
import { topUp } from '../../core/wallet/top-up';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { amountUsd, plainUsd } from '../amount-usd';
import { formatUsd } from '../dashboard/format';
import { operatorCaller } from '../operator/require-operator';
import { actors as actorWords } from '../pages/texts/en-audit';
import { field, type PageCall, type Redirect } from '../pages/page-router';
import { newOperationId, operationIdOf } from '../pages/shown-once';
import {
  type CompanyForms,
  companyOf,
  companyPath,
  companyQuestion,
  companyTab,
  tabPath,
} from './company-page';
import { isLarge, usdInWords } from './large-amounts';
import { namedRequests } from './named-top-ups';
import {
  backTo,
  type OperatorPage,
  type OperatorRoutes,
  parameter,
  queried,
} from './operator-page';

const PAGE_SIZE = 20;

/** A company's money: its top-ups that wait, its ledger, and adding to it once the amount is confirmed. */
export function mountCompanyWallet({ ctx, get, post }: OperatorRoutes): void {
  get('/companies/:company_id/wallet', (call) => page(ctx, call));
  get('/companies/:company_id/top-ups/confirm', (call) => ask(ctx, call), { adminsOnly: true });
  post('/companies/:company_id/top-ups', (call) => addMoney(ctx, call));
}

async function page(ctx: Context, call: PageCall, forms: CompanyForms = {}): Promise<OperatorPage> {
  const company = await companyOf(ctx, call);
  const { company_id: companyId, name: company_name } = company;
  const cursor = queried(call, 'cursor') || undefined;
  const [wallet, { waiting }, { entries, next_cursor }] = await Promise.all([
    getWallet({ ctx, companyId }),
    listTopUps({ ctx, companyId }),
    listEntries({ ctx, companyId, limit: PAGE_SIZE, cursor }),
  ]);
  const actors = entries.map(({ actor }) => actor);
  const names = await nameActors({ ctx, companyId, actors, words: actorWords });
  const path = tabPath(companyId, 'wallet');
  return companyTab(ctx, call, {
    company,
    tab: 'wallet',
    ...forms,
    data: {
      wallet,
      // As of now: the wallet's own flag is as old as the last reconciliation.
      low: wallet.available_microusd < company.low_balance_microusd,
      requests: await namedRequests(
        ctx,
        waiting.map((one) => ({ ...one, company_name })),
      ),
      entries,
      names,
      first: cursor === undefined ? null : path,
      next: next_cursor && `${path}?cursor=${encodeURIComponent(next_cursor)}`,
    },
  });
}

/** Every amount is asked about: nothing takes money out again. */
async function ask(ctx: Context, call: PageCall): Promise<OperatorPage> {
  const typed = { amount_usd: queried(call, 'amount_usd') };
  const amount = amountUsd.safeParse(plainUsd(typed.amount_usd));
  const words = call.t.operator.wallet;
  if (!amount.success) return page(ctx, call, { typed, errors: { amount_usd: words.wrong } });
  const company = await companyOf(ctx, call);
  const { company_id: companyId } = company;
  const { available_microusd: available } = await getWallet({ ctx, companyId });
  const usd = formatUsd(amount.data);
  return companyQuestion({
    company,
    tab: 'wallet',
    action: `${companyPath(companyId)}/top-ups`,
    hidden: { ...typed, operation_id: queried(call, 'operation_id'), confirmed: '1' },
    danger: false,
    words: {
      title: words.confirmTitle,
      heading: words.confirmHeading(usd, company.name),
      text: words.after(formatUsd(available), formatUsd(available + amount.data)),
      more: isLarge(amount.data)
        ? [words.inWords(usdInWords(amount.data)), words.final]
        : [words.final],
      button: words.confirmButton(usd),
    },
  });
}

async function addMoney(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const { request, t } = call;
  const companyId = parameter(call, 'company_id');
  const typed = { amount_usd: field(request, 'amount_usd') };
  const words = t.operator.wallet;
  const amount = amountUsd.safeParse(plainUsd(typed.amount_usd));
  if (!amount.success) return page(ctx, call, { typed, errors: { amount_usd: words.wrong } });
  const askFirst = (operationId: string): Redirect => {
    const query = new URLSearchParams({ ...typed, operation_id: operationId });
    return { redirect: call.link(`${companyPath(companyId)}/top-ups/confirm?${query.toString()}`) };
  };
  // A form that is sent twice tops up once.
  const operationId = operationIdOf(request);
  if (field(request, 'confirmed') !== '1' || operationId === undefined) {
    return askFirst(operationId ?? newOperationId());
  }
  const caller = operatorCaller(request);
  try {
    await topUp({ ctx, companyId, amountMicrousd: amount.data, caller, operationId });
  } catch (error) {
    const code = error instanceof AppError ? error.code : null;
    // Somebody went back to the form that had added another amount.
    if (code === 'idempotency_mismatch') return askFirst(newOperationId());
    if (code !== 'invalid_request') throw error;
    return page(ctx, call, { typed, errors: { amount_usd: words.tooMuch } });
  }
  return backTo(call, tabPath(companyId, 'wallet'), 'toppedUp');
}
