import { randomUUID } from 'node:crypto';
import { getBatch } from '../../core/batches/get-batch';
import { normalizeId } from '../../core/identifiers/id';
import { countCertificates } from '../../core/certificates/count-certificates';
import { countFound, matchingCertificates } from '../../core/certificates/search-certificates';
import { listProperties } from '../../core/credentials/list-properties';
import { revokeSelection, type Selection } from '../../core/batches/list/revoke-selection';
import { AppError } from '../../errors';
import { MAX_CERTIFICATES_PER_REQUEST } from '../../core/revocations/count-flagged';
import { reason as reasonSchema } from '../fields';
import { field, fields, type Redirect } from '../pages/page-router';
import { certificateList, listPath, type Search, searchOf, wishOf } from './certificates';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';

const NAMED_IDS = 5;

/** What the dialog shows, and what its form carries. */
interface Dialog {
  count: number;
  /** Which ones, in words; and the ids of the first few. */
  chosen: string[];
  already: number;
  ids?: string[];
  fingerprint?: string;
  status?: number;
  error?: string;
  errors?: Record<string, string>;
}

/** Revokes ticked rows, or everything that matches, once the dialog is confirmed. */
export function mountSelection(routes: DashboardRoutes): void {
  // For people who had to sign in again, or who reload the page.
  routes.get('/certificates/revocations/:batch_id', async ({ by, t, request }) => ({
    section: 'certificates',
    template: 'dashboard/selection-done',
    title: t.dashboard.selection.doneTitle,
    data: {
      batch: await getBatch({
        ctx: routes.ctx,
        companyId: by.company.company_id,
        batchId: normalizeId(String(request.params.batch_id)),
      }),
      back: listPath(searchOf(request.query)),
    },
  }));
  for (const path of ['/certificates/selection', '/certificates/revocations']) {
    routes.get(path, () => ({ redirect: '/dashboard/certificates' }));
  }
  routes.post('/certificates/selection', (call) => ask(routes, call));
  routes.post('/certificates/revocations', (call) => revoke(routes, call));
}

async function ask(routes: DashboardRoutes, call: DashboardCall): Promise<DashboardPage> {
  const { request, t } = call;
  const search = searchOf(request.body);
  if (field(request, 'all') === '1') return askAboutAll(routes, call, search);
  const ids = fields(request, 'id').slice(0, MAX_CERTIFICATES_PER_REQUEST);
  if (ids.length === 0) {
    return certificateList(routes, call, request.body, t.dashboard.errors.nothing);
  }
  return askAboutTicked(routes, call, search, ids);
}

async function askAboutTicked(
  { ctx }: DashboardRoutes,
  call: DashboardCall,
  search: Search,
  ids: string[],
  more: Partial<Dialog> = {},
): Promise<DashboardPage> {
  const companyId = call.by.company.company_id;
  const { known, revoked } = await countCertificates({ ctx, companyId, certificateIds: ids });
  const { moreChosen } = call.t.dashboard.selection;
  const rest = ids.length - NAMED_IDS;
  const chosen = [...ids.slice(0, NAMED_IDS), ...(rest > 0 ? [moreChosen(rest)] : [])];
  return dialog(call, search, { count: known, already: revoked, ids, chosen, ...more });
}

async function askAboutAll(
  routes: DashboardRoutes,
  call: DashboardCall,
  search: Search,
  more: Partial<Dialog> = {},
): Promise<DashboardPage> {
  const companyId = call.by.company.company_id;
  const { ctx } = routes;
  const wish = wishOf(search, call);
  const found = await matchingCertificates({ ctx, companyId, wish });
  if (found.tooMany) {
    return certificateList(routes, call, call.request.body, call.t.dashboard.errors.tooMany);
  }
  const { ids, fingerprint } = found;
  const chosen = await inWords(routes, call, search);
  if (wish.status === undefined) {
    const revoked = await countFound({ ctx, companyId, wish: { ...wish, status: 'revoked' } });
    const { selection, certificates } = call.t.dashboard;
    if (revoked && revoked.count > 0) {
      chosen.push(selection.alsoRevoked(certificates.total(revoked.count, revoked.isMore)));
    }
  }
  return dialog(call, search, { count: ids.length, already: 0, fingerprint, chosen, ...more });
}

/** What was searched for, as the form above the list calls it. */
async function inWords(
  { ctx }: DashboardRoutes,
  { by, t }: DashboardCall,
  { q, property, from, to }: Search,
): Promise<string[]> {
  const { certificates: w, selection } = t.dashboard;
  const properties =
    property === '' ? [] : await listProperties({ ctx, companyId: by.company.company_id });
  const name = properties.find(({ property_ref }) => property_ref === property)?.name ?? property;
  const given = [
    [w.search, q],
    [w.property, name],
    [w.from, from],
    [w.to, to],
  ].flatMap(([label = '', value = '']) => (value === '' ? [] : [`${label}: ${value}`]));
  return given.length === 0 ? [selection.everyActive] : given;
}

function dialog({ request, t }: DashboardCall, search: Search, shown: Dialog): DashboardPage {
  const { status = 200, ...rest } = shown;
  return {
    section: 'certificates',
    template: 'dashboard/selection',
    status,
    title: t.dashboard.selection.title,
    data: {
      search,
      ids: [],
      selectionId: randomUUID(),
      // What was ticked stays so.
      back: listPath(search, shown.fingerprint === undefined ? { id: shown.ids } : { all: '1' }),
      isLong: shown.count > MAX_CERTIFICATES_PER_REQUEST,
      reason: field(request, 'reason'),
      ...rest,
    },
  };
}

async function revoke(
  routes: DashboardRoutes,
  call: DashboardCall,
): Promise<DashboardPage | Redirect> {
  const { request, by, t } = call;
  const search = searchOf(request.body);
  const all = field(request, 'all') === '1';
  const ids = fields(request, 'id').slice(0, MAX_CERTIFICATES_PER_REQUEST);
  if (!all && ids.length === 0) {
    return certificateList(routes, call, request.body, t.dashboard.errors.nothing);
  }
  const reason = reasonSchema.safeParse(field(request, 'reason').trim());
  if (!reason.success) return wrongReason(routes, call, search, all ? null : ids);
  const [count, fingerprint] = [Number(field(request, 'count')), field(request, 'fingerprint')];
  const selection: Selection = all ? { wish: wishOf(search, call), count, fingerprint } : { ids };
  try {
    const { batch, isDone } = await revokeSelection({
      ctx: routes.ctx,
      by,
      selection,
      reason: reason.data === '' ? null : (reason.data ?? null),
      selectionId: field(request, 'selection_id').slice(0, 100) || randomUUID(),
    });
    if (!isDone) return { redirect: `/dashboard/revocations/${batch.batch_id}` };
    const done = `/dashboard/certificates/revocations/${encodeURIComponent(batch.batch_id)}`;
    return { redirect: `${done}?${new URLSearchParams({ ...search }).toString()}` };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'selection_changed') throw error;
    const { changed } = t.dashboard.errors;
    return askAboutAll(routes, call, search, { status: 409, error: changed });
  }
}

function wrongReason(
  routes: DashboardRoutes,
  call: DashboardCall,
  search: Search,
  ids: string[] | null,
): Promise<DashboardPage> {
  const more = { status: 400, errors: { reason: call.t.dashboard.errors.reason } };
  return ids === null
    ? askAboutAll(routes, call, search, more)
    : askAboutTicked(routes, call, search, ids, more);
}
