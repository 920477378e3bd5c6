import { nameActors } from '../../core/audit/name-actors';
import { normalizeId } from '../../core/identifiers/id';
import { cancelBatch } from '../../core/batches/cancel-batch';
import { commitBatch } from '../../core/batches/commit-batch';
import { errorsCsv } from '../../core/batches/errors-csv';
import { listBatches } from '../../core/batches/list-batches';
import { type IncomingUpload, receiveUpload } from '../../core/batches/receive-upload';
import { retryBatch } from '../../core/batches/retry-batch';
import { MAX_UPLOAD_BYTES } from '../../core/batches/store-upload';
import { lookAtBatch } from '../../core/batches/watch-batch';
import { AppError } from '../../errors';
import { sendAnswer } from '../answer';
import { reason as reasonSchema } from '../fields';
import { actors } from '../pages/texts/en-audit';
import { field, type Redirect } from '../pages/page-router';
import { operationIdOf } from '../pages/shown-once';
import { receiveFile } from '../receive-file';
import {
  type DashboardCall,
  type DashboardPage,
  type DashboardRoutes,
  requireFormToken,
} from './dashboard-route';
import { givenText } from './filters';
import { pathOfRevocation } from './revocation';

const PATH = '/dashboard/revocations';
const PAGE_SIZE = 20;
const CHANGES = { commit: commitBatch, cancel: cancelBatch, retry: retryBatch } as const;
/** The batch has changed since its buttons were shown. */
const MOVED_ON = new Set(['batch_not_previewed', 'batch_not_failed', 'batch_finished']);

/** CSV files: uploaded, previewed, committed, followed; and the list of all batches. */
export function mountRevocations(routes: DashboardRoutes): void {
  const { ctx } = routes;
  routes.get('/revocations', (call) => listOrFound(routes, call));
  routes.post('/revocations', (call) => upload(routes, call), { takesBody: true });
  routes.get('/revocations/:batch_id', (call) => batchPage(routes, call));
  for (const [verb, change] of Object.entries(CHANGES)) {
    routes.post(`/revocations/:batch_id/${verb}`, (call) => changeBatch(routes, call, change));
  }
  routes.download('/revocations/:batch_id/errors.csv', async ({ by, request, response }) => {
    const batchId = normalizeId(String(request.params.batch_id));
    await sendAnswer(response, {
      status: 200,
      headers: {
        'Content-Type': 'text/csv; charset=utf-8',
        'Content-Disposition': 'attachment; filename="errors.csv"',
      },
      stream: await errorsCsv({ ctx, companyId: by.company.company_id, batchId }),
    });
  });
}

/** The list; where a reference number was looked up, the page of what it stands for. */
async function listOrFound(
  routes: DashboardRoutes,
  call: DashboardCall,
): Promise<DashboardPage | Redirect> {
  const reference = normalizeId(givenText(call.request.query.reference) ?? '');
  if (reference === '') return list(routes, call);
  const redirect = await pathOfRevocation(routes, call, reference);
  if (redirect !== null) return { redirect };
  const { notFound } = call.t.dashboard.revocations;
  return list(routes, call, { status: 404, reference, notFound });
}

/** What the list says beside its fields. */
interface Said {
  status?: number;
  error?: string;
  reason?: string;
  reasonError?: string;
  reference?: string;
  notFound?: string;
}

async function list(
  { ctx }: DashboardRoutes,
  { by, t, request }: DashboardCall,
  more: Said = {},
): Promise<DashboardPage> {
  const { status = 200, ...rest } = more;
  const { cursor } = request.query;
  const { batches, next_cursor } = await listBatches({
    ctx,
    companyId: by.company.company_id,
    limit: PAGE_SIZE,
    cursor: typeof cursor === 'string' ? cursor : undefined,
  });
  const names = await nameActors({
    ctx,
    companyId: by.company.company_id,
    words: actors,
    actors: batches.map(({ actor }) => actor),
  });
  return {
    section: 'revocations',
    template: 'dashboard/revocations',
    status,
    title: t.dashboard.revocations.title,
    data: {
      batches,
      names,
      ...rest,
      first: cursor === undefined ? null : PATH,
      next: next_cursor === null ? null : `${PATH}?cursor=${encodeURIComponent(next_cursor)}`,
    },
  };
}

/** Takes a file as a dry run. */
async function upload(
  routes: DashboardRoutes,
  call: DashboardCall,
): Promise<DashboardPage | Redirect> {
  const { company, caller } = call.by;
  try {
    return await receiveUpload({
      ctx: routes.ctx,
      companyId: company.company_id,
      caller,
      work: (incoming) => acceptDryRun(routes, call, incoming),
    });
  } catch (error) {
    return await refusal(routes, call, error);
  }
}

async function acceptDryRun(
  routes: DashboardRoutes,
  call: DashboardCall,
  { take, accept }: IncomingUpload,
): Promise<DashboardPage | Redirect> {
  const { request, by } = call;
  const { taken: stored } = await receiveFile(request, MAX_UPLOAD_BYTES, async (source, name) => {
    // Its field comes before the file, so that nothing is kept without it.
    requireFormToken(by, field(request, 'form_token'));
    return take(source, name);
  });
  const given = field(request, 'reason').trim();
  if (!reasonSchema.safeParse(given).success) {
    const reasonError = call.t.dashboard.errors.reason;
    return list(routes, call, { status: 400, reason: given, reasonError });
  }
  const reason = given === '' ? undefined : given;
  const operationId = operationIdOf(request);
  const { _id } = await accept({ stored, dryRun: true, reason, operationId });
  return { redirect: `${PATH}/${_id}` };
}

/** Says what is wrong with the file beside its field. */
async function refusal(
  routes: DashboardRoutes,
  call: DashboardCall,
  error: unknown,
): Promise<DashboardPage> {
  if (!(error instanceof AppError)) throw error;
  const { file, noFile, tooLarge } = call.t.dashboard.errors;
  const reason = field(call.request, 'reason');
  if (error.code === 'payload_too_large') {
    return list(routes, call, { status: 413, error: tooLarge, reason });
  }
  if (error.status === 429) {
    return list(routes, call, { status: 429, error: error.message, reason });
  }
  const detail = error.extra.details?.find(({ path }) => path === 'file');
  if (error.code !== 'invalid_request' || !detail) throw error;
  const missing = detail.message.startsWith('is required');
  const said = missing ? noFile : file(detail.message);
  return list(routes, call, { status: 400, error: said, reason });
}

async function batchPage(
  { ctx }: DashboardRoutes,
  { by, t, request }: DashboardCall,
  note?: string,
): Promise<DashboardPage> {
  const batchId = normalizeId(String(request.params.batch_id));
  const { view, hasFile, last } = await lookAtBatch({
    ctx,
    companyId: by.company.company_id,
    batchId,
  });
  const { invalid, not_found, already_revoked, duplicate } = view;
  const companyId = by.company.company_id;
  const names = await nameActors({ ctx, companyId, words: actors, actors: [view.actor] });
  return {
    section: 'revocations',
    template: 'dashboard/batch',
    title: t.dashboard.batch.title,
    status: note === undefined ? 200 : 409,
    data: {
      batch: view,
      startedBy: names(view.actor),
      hasFile,
      last,
      note,
      path: `${PATH}/${encodeURIComponent(batchId)}`,
      errors: last ? invalid + not_found + already_revoked + duplicate : 0,
      running: ['queued', 'parsing', 'revoking', 'recording'].includes(view.state),
    },
  };
}

async function changeBatch(
  routes: DashboardRoutes,
  call: DashboardCall,
  change: (typeof CHANGES)[keyof typeof CHANGES],
): Promise<DashboardPage | Redirect> {
  const { by, request, t } = call;
  const batchId = normalizeId(String(request.params.batch_id));
  try {
    await change({ ctx: routes.ctx, companyId: by.company.company_id, batchId, caller: by.caller });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (MOVED_ON.has(error.code)) return batchPage(routes, call, t.dashboard.batch.changed);
    if (error.code !== 'upload_gone') throw error;
    return batchPage(routes, call, t.dashboard.batch.fileGone);
  }
  return { redirect: `${PATH}/${encodeURIComponent(batchId)}` };
}
