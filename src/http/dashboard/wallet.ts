import { nameActors } from '../../core/audit/name-actors';
import { listTopUps } from '../../core/top-ups/list-top-ups';
import { type DailySpend, dailySpend } from '../../core/wallet/daily-spend';
import { monthlySpend } from '../../core/wallet/monthly-spend';
import { getWallet } from '../../core/wallet/get-wallet';
import { listEntries } from '../../core/wallet/list-entries';
import { statementMonths } from '../../core/wallet/month-statement';
import { actors as actorWords } from '../pages/texts/en-audit';
import type { DashboardCall, DashboardRoutes } from './dashboard-route';
import { formatUsd } from './format';
import { WALLET_PATH, type WalletNotice } from './top-ups';

const DAYS = 30;
const PAGE_SIZE = 50;
const MONTHS_SHOWN = 6;
/** What it says in a friendly colour. */
const GOOD: readonly WalletNotice[] = ['requested', 'approved', 'cancelled', 'lowSaved'];

/** Balance, what was spent, top-ups, statements, and the ledger. */
export function mountWallet({ ctx, get }: DashboardRoutes): void {
  get('/wallet', async ({ by, t, request }) => {
    const { company_id: companyId, created_at, low_balance_microusd } = by.company;
    const { cursor } = request.query;
    const page = { limit: PAGE_SIZE, cursor: typeof cursor === 'string' ? cursor : undefined };
    const [wallet, spend, topUps, { entries, next_cursor }] = await Promise.all([
      getWallet({ ctx, companyId }),
      dailySpend({ ctx, companyId, days: DAYS }),
      listTopUps({ ctx, companyId }),
      listEntries({ ctx, companyId, ...page }),
    ]);
    const requests = [...topUps.waiting, ...topUps.decided];
    const actors = [
      ...entries.map(({ actor }) => actor),
      ...requests.map(({ requested_by }) => requested_by),
    ];
    const names = await nameActors({ ctx, companyId, actors, words: actorWords });
    const words = t.dashboard.wallet;
    const months = statementMonths({ createdAt: new Date(created_at), now: ctx.now() });
    const spentIn = await monthlySpend({ ctx, companyId, months, days: spend.days });
    return {
      section: 'wallet',
      template: 'dashboard/wallet',
      title: words.title,
      chart: true,
      data: {
        wallet,
        // As of now: the wallet's own flag is as old as the last reconciliation.
        low: wallet.available_microusd < low_balance_microusd,
        lowBelow: low_balance_microusd,
        topUpUrl: by.company.top_up_url,
        notice: noticeOf(request.query.notice, words),
        requests,
        spend: spend.days,
        missingFrom: spend.missingFrom,
        chart: chartOf(spend.days, words.spent),
        months: months.slice(0, MONTHS_SHOWN),
        earlier: months.slice(MONTHS_SHOWN),
        spentIn,
        spentInAll: [...spentIn.values()].reduce((sum, amount) => sum + amount, 0),
        thisMonth: months[0],
        monthName,
        entries,
        names,
        first: cursor === undefined ? null : WALLET_PATH,
        next: next_cursor && `${WALLET_PATH}?cursor=${encodeURIComponent(next_cursor)}`,
      },
    };
  });
}

function noticeOf(asked: unknown, { notices }: DashboardCall['t']['dashboard']['wallet']) {
  if (typeof asked !== 'string' || !Object.hasOwn(notices, asked)) return null;
  const name = asked as WalletNotice;
  return { text: notices[name], tone: GOOD.includes(name) ? 'ok' : 'warn' };
}

function chartOf(spend: DailySpend[], label: string) {
  const amounts = spend.map((day) => day.spent_microusd);
  const values = amounts.map((microusd) => microusd / 1_000_000);
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  return {
    total: formatUsd(total),
    most: formatUsd(Math.max(...amounts)),
    isEmpty: total === 0,
    drawn: { days: spend.map(({ day }) => day), unit: 'usd', series: [{ label, values }] },
  };
}

/** `October 2026`. */
function monthName(month: string): string {
  const first = new Date(`${month}-01T00:00:00.000Z`);
  return first.toLocaleDateString('en', { month: 'long', year: 'numeric', timeZone: 'UTC' });
}
