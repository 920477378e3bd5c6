import { findCompanies } from '../../core/companies/find-companies';
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
    const search = `search=${encodeURIComponent(text)}`;
    const { title } = call.t.operator.companies;
    return {
      section: 'companies',
      template: 'operator-pages/companies',
      title,
      data: {
        companies,
        typed,
        first: cursor === '' ? null : `${PATH}?${search}`,
        next: next_cursor && `${PATH}?${search}&cursor=${encodeURIComponent(next_cursor)}`,
      },
    };
  });
}
