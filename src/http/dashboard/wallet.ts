import { type DailySpend, dailySpend } from '../../core/wallet/daily-spend';
import { getWallet } from '../../core/wallet/get-wallet';
import { listEntries } from '../../core/wallet/list-entries';
import type { DashboardRoutes } from './dashboard-route';
import { formatUsd } from './format';
import { peopleNames } from './people-names';

const PATH = '/dashboard/wallet';
const DAYS = 30;
const PAGE_SIZE = 50;
const CHART = { width: 600, height: 160, gap: 4 } as const;

/** Balance, what was spent, and the ledger. */
export function mountWallet({ ctx, get }: DashboardRoutes): void {
  get('/wallet', async ({ by, t, request }) => {
    const companyId = by.company.company_id;
    const { cursor } = request.query;
    const page = { limit: PAGE_SIZE, cursor: typeof cursor === 'string' ? cursor : undefined };
    const [wallet, spend, { entries, next_cursor }, names] = await Promise.all([
      getWallet({ ctx, companyId }),
      dailySpend({ ctx, companyId, days: DAYS }),
      listEntries({ ctx, companyId, ...page }),
      peopleNames(ctx, companyId),
    ]);
    // As of now: the wallet's own flag is as old as the last reconciliation.
    const low = wallet.available_microusd < by.company.low_balance_microusd;
    const { top_up_url: topUpUrl } = by.company;
    return {
      section: 'wallet',
      template: 'dashboard/wallet',
      title: t.dashboard.wallet.title,
      data: {
        wallet,
        low,
        topUpUrl,
        spend,
        entries,
        names,
        chart: chartOf(spend),
        first: cursor === undefined ? null : PATH,
        next: next_cursor === null ? null : `${PATH}?cursor=${encodeURIComponent(next_cursor)}`,
      },
    };
  });
}

/** Bars of an SVG, the tallest as tall as the chart. */
function chartOf(spend: DailySpend[]) {
  const amounts = spend.map((day) => day.spent_microusd);
  const most = Math.max(...amounts);
  const step = CHART.width / spend.length;
  const bars = spend.map(({ spent_microusd }, i) => {
    const height = most === 0 ? 0 : Math.round((spent_microusd / most) * CHART.height);
    return { x: i * step, y: CHART.height - height, width: step - CHART.gap, height };
  });
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  return { ...CHART, bars, total: formatUsd(total), most: formatUsd(most) };
}
