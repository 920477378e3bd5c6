import { z } from 'zod';
import {
  type CertificateFilter,
  countFound,
  searchCertificates,
} from '../../core/certificates/search-certificates';
import { listProperties } from '../../core/credentials/list-properties';
import { AppError } from '../../errors';
import { isDay, startOfDayIn, startOfNextDayIn } from '../../lib/zoned-day';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { zoneOf } from './filters';

const PAGE_SIZE = 50;
const PATH = '/dashboard/certificates';
const text = z.string().max(1_000).catch('');
const day = z.string().refine(isDay).catch('');
const query = z.object({
  // Any length: a text too long to match anything must not be taken for an empty one.
  q: z.string().catch(''),
  status: z.enum(['all', 'active', 'revoked']).catch('all'),
  property: text,
  from: day,
  to: day,
  cursor: text,
});
/** Which rows are ticked, after a dialog was left. */
const ticked = z.object({
  all: z.literal('1').optional().catch(undefined),
  id: z
    .union([z.string().transform((one) => [one]), z.array(z.string())])
    .transform((ids) => ids.slice(0, PAGE_SIZE))
    .catch([]),
});

/** What was searched for, and the page that was open, as links and forms carry them. */
export type Search = z.infer<typeof query>;
type Ticked = Partial<z.infer<typeof ticked>>;

/** Reads a search from a query or from the hidden fields of a form. */
export function searchOf(given: unknown): Search {
  return query.parse(given ?? {});
}

/** A search in the terms of the core; its days are those of the person who asks. */
export function wishOf(search: Search, call: DashboardCall): CertificateFilter {
  const { q, status, property, from, to } = search;
  const zone = zoneOf(call);
  return {
    text: q,
    status: status === 'all' ? undefined : status,
    propertyRef: property === '' ? undefined : property,
    from: from === '' ? undefined : startOfDayIn(from, zone),
    to: to === '' ? undefined : startOfNextDayIn(to, zone),
  };
}

/** Path of the list with this search, on the page of its cursor, with rows ticked. */
export function listPath(search: Search, { all, id = [] }: Ticked = {}): string {
  const given = Object.entries(search).filter(([, value]) => value !== '');
  const parameters = new URLSearchParams(given);
  if (all) parameters.set('all', all);
  for (const one of id) parameters.append('id', one);
  return `${PATH}?${parameters.toString()}`;
}

/** The list of certificates. */
export function mountCertificateList(routes: DashboardRoutes): void {
  routes.get('/certificates', (call) => certificateList(routes, call, call.request.query));
}

/**
 * The page with the list, the search still in its form.
 * @param given the search, its page, and what is ticked
 * @param error shown above the list, when something is wrong with the ticked rows
 */
export async function certificateList(
  { ctx }: DashboardRoutes,
  call: DashboardCall,
  given: unknown,
  error?: string,
): Promise<DashboardPage> {
  const search = searchOf(given);
  const companyId = call.by.company.company_id;
  const request = { ctx, companyId, wish: wishOf(search, call) };
  const [found, total, properties] = await Promise.all([
    findPage(request, search.cursor),
    countFound(request),
    listProperties({ ctx, companyId }),
  ]);
  const tooLong = found ? undefined : call.t.dashboard.errors.searchTooLong;
  const at = (cursor: string | null | undefined) => cursor && listPath({ ...search, cursor });
  const w = call.t.dashboard.certificates;
  return {
    section: 'certificates',
    template: 'dashboard/certificates',
    title: w.title,
    status: tooLong ? 422 : error === undefined ? 200 : 400,
    data: {
      search,
      ticked: ticked.parse(given ?? {}),
      isSearch: listPath({ ...search, cursor: '' }) !== listPath(searchOf({})),
      isNarrowed: listPath({ ...search, q: '', cursor: '' }) !== listPath(searchOf({})),
      properties: Object.fromEntries([
        ['', w.everyProperty],
        ...properties.map(({ property_ref, name }) => [property_ref, name]),
      ]) as Record<string, string>,
      certificates: found?.certificates ?? [],
      total: total === null ? '' : w.total(total.count, total.isMore),
      error: error ?? tooLong,
      first: search.cursor === '' ? null : listPath({ ...search, cursor: '' }),
      previous: at(found?.previous_cursor),
      next: at(found?.next_cursor),
    },
  };
}

/** Null when it takes too long. */
async function findPage(
  request: Parameters<typeof countFound>[0],
  cursor: string,
): Promise<Awaited<ReturnType<typeof searchCertificates>> | null> {
  const page = { ...request, limit: PAGE_SIZE };
  try {
    return await searchCertificates({ ...page, cursor: cursor === '' ? undefined : cursor });
  } catch (failure) {
    if (!(failure instanceof AppError)) throw failure;
    if (failure.code === 'search_too_long') return null;
    // Not a cursor of ours: start again from the beginning.
    if (failure.code !== 'invalid_request' || cursor === '') throw failure;
    return findPage(request, '');
  }
}
