import { monthStatement } from '../../core/wallet/month-statement';
import { statementCsv } from '../../core/wallet/statement-csv';
import { languageOf } from '../pages/language';
import type { DashboardRoutes } from './dashboard-route';
import { statementPdf } from './statement-pdf';

/** `GET /dashboard/wallet/statements/2026-10.csv` or `.pdf`: what moved in the wallet in a month. */
export function mountStatements({ ctx, download }: DashboardRoutes): void {
  const statement = (companyId: string, month: string) => monthStatement({ ctx, companyId, month });
  download('/wallet/statements/:month.csv', async ({ by, request, response }) => {
    const { company_id: companyId } = by.company;
    const found = await statement(companyId, String(request.params.month));
    response.set(headers('text/csv; charset=utf-8', found.month, 'csv')).send(statementCsv(found));
  });
  download('/wallet/statements/:month.pdf', async ({ by, request, response }) => {
    const { company_id: companyId } = by.company;
    const found = await statement(companyId, String(request.params.month));
    const words = languageOf(request, 'dashboard').t.dashboard.wallet;
    const file = await statementPdf(found, words);
    response.set(headers('application/pdf', found.month, 'pdf')).send(file);
  });
}

function headers(type: string, month: string, ending: string) {
  return {
    'Content-Type': type,
    'Content-Disposition': `attachment; filename="wallet-statement-${month}.${ending}"`,
  };
}
