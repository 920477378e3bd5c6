import { updateCompany } from '../../core/companies/update-company';
import { amountUsd } from '../amount-usd';
import { field, type Redirect } from '../pages/page-router';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { WALLET_PATH } from './top-ups';

const PATH = `${WALLET_PATH}/low-balance`;
const ZERO = /^0+(\.0{1,6})?$/;
const MICROUSD_PER_USD = 1_000_000;

/** The amount below which a company's balance is low: shown there, and told its admins by mail. */
export function mountLowBalance(routes: DashboardRoutes): void {
  routes.get('/wallet/low-balance', (call) => form(call), { adminsOnly: true });
  routes.post('/wallet/low-balance', (call) => save(routes, call));
}

function form({ by, t }: DashboardCall, wrong?: { typed: string; error: string }): DashboardPage {
  return {
    section: 'wallet',
    status: wrong ? 400 : 200,
    template: 'dashboard/low-balance',
    title: t.dashboard.wallet.lowTitle,
    data: {
      typed: dollars(by.company.low_balance_microusd),
      ...wrong,
      action: PATH,
      back: WALLET_PATH,
    },
  };
}

async function save(
  { ctx }: DashboardRoutes,
  call: DashboardCall,
): Promise<DashboardPage | Redirect> {
  const { by, request, t } = call;
  const typed = field(request, 'low_balance_usd').trim();
  const plain = typed.replaceAll(',', '').replace(/^\$/, '');
  const amount = amountUsd.safeParse(plain);
  if (!amount.success && !ZERO.test(plain)) {
    return form(call, { typed, error: t.dashboard.wallet.wrongLow });
  }
  await updateCompany({
    ctx,
    companyId: by.company.company_id,
    caller: by.caller,
    input: { low_balance_microusd: amount.data ?? 0 },
  });
  return { redirect: `${WALLET_PATH}?notice=lowSaved` };
}

/** As it is typed: `5.00`, or with as many decimals as it has. */
function dollars(microusd: number): string {
  return (microusd / MICROUSD_PER_USD).toFixed(6).replace(/0{1,4}$/, '');
}
