import { randomUUID } from 'node:crypto';
import { getBatch } from '../../core/batches/get-batch';
import { normalizeId } from '../../core/identifiers/id';
import { countCertificates } from '../../core/certificates/count-certificates';
import { matchingCertificates } from '../../core/certificates/search-certificates';
import { revokeSelection, type Selection } from '../../core/batches/list/revoke-selection';
import { AppError } from '../../errors';
import { MAX_CERTIFICATES_PER_REQUEST } from '../../core/revocations/count-flagged';
import { reason as reasonSchema } from '../fields';
import { field, fields, type Redirect } from '../pages/page-router';
import { certificateList, listPath, type Search, searchOf, wishOf } from './certificates';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';

/** What the dialog shows, and what its form carries. */
interface Dialog {
  count: number;
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
  return dialog(call, search, { count: known, already: revoked, ids, ...more });
}

async function askAboutAll(
  routes: DashboardRoutes,
  call: DashboardCall,
  search: Search,
  more: Partial<Dialog> = {},
): Promise<DashboardPage> {
  const companyId = call.by.company.company_id;
  const found = await matchingCertificates({
    ctx: routes.ctx,
    companyId,
    wish: wishOf(search, call),
  });
  if (found.tooMany) {
    return certificateList(routes, call, call.request.body, call.t.dashboard.errors.tooMany);
  }
  const { ids, fingerprint } = found;
  return dialog(call, search, { count: ids.length, already: 0, fingerprint, ...more });
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
