import { z } from 'zod';
import type { CertificateFilter } from '../../core/certificates/search-certificates';
import { searchCertificates } from '../../core/certificates/search-certificates';
import { AppError } from '../../errors';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';

const PAGE_SIZE = 50;
const PATH = '/dashboard/certificates';
const query = z.object({
  // Any length: a text too long to match anything must not be taken for an empty one.
  q: z.string().catch(''),
  status: z.enum(['all', 'active', 'revoked']).catch('all'),
  cursor: z.string().max(1_000).optional().catch(undefined),
});

/** What was searched for, as links and forms carry it. */
export interface Search {
  q: string;
  status: 'all' | 'active' | 'revoked';
}

/** Reads a search from a query or from the hidden fields of a form. */
export function searchOf(given: unknown): Search {
  const { q, status } = query.parse(given ?? {});
  return { q, status };
}

/** A search in the terms of the core. */
export function wishOf({ q, status }: Search): CertificateFilter {
  return { text: q, status: status === 'all' ? undefined : status };
}

/** Path of the list with this search, or of a later page of it. */
export function listPath({ q, status }: Search, cursor?: string): string {
  const parameters = new URLSearchParams({ q, status, ...(cursor !== undefined && { cursor }) });
  return `${PATH}?${parameters.toString()}`;
}

/** The list of certificates. */
export function mountCertificateList(routes: DashboardRoutes): void {
  routes.get('/certificates', (call) => certificateList(routes, call, call.request.query));
}

/**
 * The page with the list, the search still in its form.
 * @param error shown above the list, when something is wrong with the ticked rows
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
      // Not a cursor of ours: start again from the beginning.
      const isWrongCursor = failure instanceof AppError && failure.code === 'invalid_request';
      if (!isWrongCursor) throw failure;
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
