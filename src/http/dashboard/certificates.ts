import { z } from 'zod';
import type { CertificateWish } from '../../core/certificates/search-certificates';
import { searchCertificates } from '../../core/certificates/search-certificates';
import { AppError } from '../../errors';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';

const PAGE_SIZE = 50;
const PATH = '/dashboard/certificates';
const query = z.object({
  // However long: what nothing can be found by must not be mistaken for everything.
  q: z.string().catch(''),
  status: z.enum(['all', 'active', 'revoked']).catch('all'),
  cursor: z.string().max(1_000).optional().catch(undefined),
});

/** What was searched for, as it goes into links and forms. */
export interface Search {
  q: string;
  status: 'all' | 'active' | 'revoked';
}

/** What was searched for, as a query or the hidden fields of a form have it. */
export function searchOf(given: unknown): Search {
  const { q, status } = query.parse(given ?? {});
  return { q, status };
}

/** What a search asks the core for. */
export function wishOf({ q, status }: Search): CertificateWish {
  return { text: q, status: status === 'all' ? undefined : status };
}

/** The list with this search, or a later page of it. */
export function listPath({ q, status }: Search, cursor?: string): string {
  const parameters = new URLSearchParams({ q, status, ...(cursor !== undefined && { cursor }) });
  return `${PATH}?${parameters.toString()}`;
}

/** The list of certificates. */
export function mountCertificateList(routes: DashboardRoutes): void {
  routes.get('/certificates', (call) => certificateList(routes, call, call.request.query));
}

/**
 * The page with the list, a search kept in its form.
 * @param error beside the list, where something was wrong with what was ticked
 */
export async function certificateList(
  { ctx }: DashboardRoutes,
  { by, t }: DashboardCall,
  given: unknown,
  error?: string,
): Promise<DashboardPage> {
  const { cursor, ...search } = query.parse(given ?? {});
  const request = { ctx, companyId: by.company.company_id, wish: wishOf(search), limit: PAGE_SIZE };
  const { certificates, next_cursor } = await searchCertificates({ ...request, cursor }).catch(
    (failure: unknown) => {
      // A cursor that is not ours: from the beginning.
      const ours = failure instanceof AppError && failure.code === 'invalid_request';
      if (!ours) throw failure;
      return searchCertificates(request);
    },
  );
  return {
    section: 'certificates',
    template: 'dashboard/certificates',
    title: t.dashboard.certificates.title,
    status: error === undefined ? 200 : 400,
    data: {
      ...search,
      certificates,
      error,
      first: cursor === undefined ? null : listPath(search),
      next: next_cursor === null ? null : listPath(search, next_cursor),
    },
  };
}
