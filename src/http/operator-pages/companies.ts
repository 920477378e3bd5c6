import { findCompanies } from '../../core/companies/find-companies';
import { lastCalls } from '../../core/security-log/last-calls';
import { readBalances } from '../../core/wallet/read-balances';
import { type OperatorRoutes, PREFIX, queried } from './operator-page';

const PATH = `${PREFIX}/companies`;
const PAGE_SIZE = 50;
const TEXT_MAX_CHARACTERS = 200;

/** All companies, or those whose id or name contains the text searched for. */
export function mountCompanies({ ctx, get }: OperatorRoutes): void {
  get('/companies', async (call) => {
    const typed = queried(call, 'search').slice(0, TEXT_MAX_CHARACTERS);
    const text = typed.trim();
    const cursor = queried(call, 'cursor');
    const page = { limit: PAGE_SIZE, cursor };
    const { companies, next_cursor } = await findCompanies({ ctx, text, page });
    const companyIds = companies.map(({ company_id }) => company_id);
    const [balances, called] = await Promise.all([
      readBalances({ ctx, companyIds }),
      lastCalls({ ctx, companyIds }),
    ]);
    const search = `search=${encodeURIComponent(text)}`;
    const { title } = call.t.operator.companies;
    return {
      section: 'companies',
      template: 'operator-pages/companies',
      title,
      data: {
        companies: companies.map((company) => ({
          ...company,
          available_microusd: balances.get(company.company_id) ?? 0,
          last_call: called.get(company.company_id) ?? null,
        })),
        typed,
        first: cursor === '' ? null : `${PATH}?${search}`,
        next: next_cursor && `${PATH}?${search}&cursor=${encodeURIComponent(next_cursor)}`,
      },
    };
  });
}
