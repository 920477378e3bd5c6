import { cancelTopUp } from '../../core/top-ups/end-top-up';
import { isTopUpAmount, MICROUSD_PER_USD, requestTopUp } from '../../core/top-ups/request-top-up';
import { AppError, type ErrorCode } from '../../errors';
import { amountUsd, plainUsd } from '../amount-usd';
import { field, type Redirect } from '../pages/page-router';
import { operationIdOf } from '../pages/shown-once';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { formatUsd } from './format';

export const WALLET_PATH = '/dashboard/wallet';
const PATH = `${WALLET_PATH}/top-up`;
/** More than this is asked about. */
const LARGE_MICROUSD = 10_000 * MICROUSD_PER_USD;

/** The name, in `?notice=`, of what the wallet says after a change. */
export type WalletNotice = keyof DashboardCall['t']['dashboard']['wallet']['notices'];

/** Asking for a top-up, a large one by way of a question, and cancelling what waits. */
export function mountTopUps(routes: DashboardRoutes): void {
  const { ctx, get, post } = routes;
  get('/wallet/top-up', (call) => form(routes, call), { adminsOnly: true });
  get('/wallet/top-up/large', (call) => question(routes, call), { adminsOnly: true });
  post('/wallet/top-up', (call) => request(routes, call));
  post('/wallet/top-ups/:id/cancel', async (call) => {
    const { by, request: sent } = call;
    const requestId = String(sent.params.id);
    const cancel = { ctx, companyId: by.company.company_id, requestId, caller: by.caller };
    return noticed(() => cancelTopUp(cancel).then(() => 'cancelled'));
  });
}

function form({ ctx }: DashboardRoutes, { t, request }: DashboardCall, wrong?: string) {
  const words = t.dashboard.wallet;
  return {
    section: 'wallet',
    status: wrong === undefined ? 200 : 400,
    template: 'dashboard/top-up',
    title: words.topUpTitle,
    data: {
      demo: ctx.config.demo,
      typed: field(request, 'amount_usd'),
      error: wrong,
      action: PATH,
      back: WALLET_PATH,
    },
  } satisfies DashboardPage;
}

/** Before the amount is asked for: it is named, as what it leads to. */
function question(routes: DashboardRoutes, call: DashboardCall): DashboardPage {
  const { t, request: sent } = call;
  const { amount_usd: typed, operation_id: operationId } = sent.query;
  const amount = amountUsd.safeParse(typed);
  if (!amount.success) return form(routes, call, t.dashboard.wallet.wrongAmount);
  return {
    section: 'wallet',
    template: 'dashboard/top-up-large',
    title: t.dashboard.wallet.topUpTitle,
    data: { amount: formatUsd(amount.data), typed, operationId, action: PATH, back: PATH },
  };
}

async function request(
  routes: DashboardRoutes,
  call: DashboardCall,
): Promise<DashboardPage | Redirect> {
  const { ctx } = routes;
  const { by, t, request: sent } = call;
  const { wrongAmount } = t.dashboard.wallet;
  const typed = plainUsd(field(sent, 'amount_usd'));
  const amount = amountUsd.safeParse(typed);
  const operationId = operationIdOf(sent);
  if (!amount.success || !isTopUpAmount(amount.data) || operationId === undefined) {
    return form(routes, call, wrongAmount);
  }
  const asked = {
    ctx,
    companyId: by.company.company_id,
    amountMicrousd: amount.data,
    operationId,
    caller: by.caller,
  };
  if (amount.data > LARGE_MICROUSD && field(sent, 'confirmed') !== '1') {
    const query = new URLSearchParams({ amount_usd: typed, operation_id: operationId });
    return { redirect: `${PATH}/large?${query.toString()}` };
  }
  return noticed(async () =>
    (await requestTopUp(asked)).state === 'approved' ? 'approved' : 'requested',
  );
}

const REFUSALS: Partial<Record<ErrorCode, WalletNotice>> = {
  top_up_decided: 'decided',
  top_ups_waiting: 'many',
};

/** To the wallet, which says what happened. */
async function noticed(change: () => Promise<WalletNotice>): Promise<Redirect> {
  try {
    return { redirect: `${WALLET_PATH}?notice=${await change()}` };
  } catch (error) {
    const notice = error instanceof AppError ? REFUSALS[error.code] : undefined;
    if (!notice) throw error;
    return { redirect: `${WALLET_PATH}?notice=${notice}` };
  }
}
