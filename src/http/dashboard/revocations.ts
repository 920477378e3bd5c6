import { acceptCsv } from '../../core/batches/accept-csv';
import { cancelBatch } from '../../core/batches/cancel-batch';
import { commitBatch } from '../../core/batches/commit-batch';
import { discardUpload } from '../../core/batches/discard-upload';
import { errorsCsv } from '../../core/batches/errors-csv';
import { listBatches } from '../../core/batches/list-batches';
import type { BatchChange } from '../../core/batches/record-batch-change';
import { retryBatch } from '../../core/batches/retry-batch';
import { MAX_UPLOAD_BYTES, type StoredUpload, storeUpload } from '../../core/batches/store-upload';
import { lookAtBatch } from '../../core/batches/watch-batch';
import { AppError } from '../../errors';
import type { Batch } from '../../store/batches';
import { sendAnswer } from '../answer';
import { reason as reasonSchema } from '../fields';
import { field, type Redirect } from '../pages/page-router';
import { receiveFile } from '../receive-file';
import {
  type DashboardCall,
  type DashboardPage,
  type DashboardRoutes,
  requireFormToken,
} from './dashboard-route';

const PATH = '/dashboard/revocations';
const PAGE_SIZE = 20;
const CHANGES = { commit: commitBatch, cancel: cancelBatch, retry: retryBatch } as const;
/** The batch is no longer what the button was made for. */
const MOVED_ON = new Set(['batch_not_previewed', 'batch_not_failed', 'batch_finished']);

/** Files: uploaded, looked at, committed, followed; and all batches there have been. */
export function mountRevocations(routes: DashboardRoutes): void {
  const { ctx } = routes;
  routes.get('/revocations', (call) => list(routes, call));
  routes.post('/revocations', (call) => upload(routes, call), { takesBody: true });
  routes.get('/revocations/:batch_id', (call) => batchPage(routes, call));
  for (const [verb, change] of Object.entries(CHANGES)) {
    routes.post(`/revocations/:batch_id/${verb}`, (call) => changeBatch(routes, call, change));
  }
  routes.download('/revocations/:batch_id/errors.csv', async ({ by, request, response }) => {
    const batchId = String(request.params.batch_id);
    await sendAnswer(response, {
      status: 200,
      headers: {
        'Content-Type': 'text/csv; charset=utf-8',
        'Content-Disposition': 'attachment; filename="errors.csv"',
      },
      stream: await errorsCsv({ ctx, companyId: by.company._id, batchId }),
    });
  });
}

async function list(
  { ctx }: DashboardRoutes,
  { by, t, request }: DashboardCall,
  more: { status?: number; error?: string; reason?: string; reasonError?: string } = {},
): Promise<DashboardPage> {
  const { status = 200, ...rest } = more;
  const { cursor } = request.query;
  const { batches, next_cursor } = await listBatches({
    ctx,
    companyId: by.company._id,
    limit: PAGE_SIZE,
    cursor: typeof cursor === 'string' ? cursor : undefined,
  });
  return {
    section: 'revocations',
    template: 'dashboard/revocations',
    status,
    title: t.dashboard.revocations.title,
    data: {
      batches,
      ...rest,
      first: cursor === undefined ? null : PATH,
      next: next_cursor === null ? null : `${PATH}?cursor=${encodeURIComponent(next_cursor)}`,
    },
  };
}

/** Takes a file as a dry run; its form's token comes before the file, and nothing is kept without. */
async function upload(
  routes: DashboardRoutes,
  call: DashboardCall,
): Promise<DashboardPage | Redirect> {
  const { ctx } = routes;
  const { request, by } = call;
  const companyId = by.company._id;
  let discardable: StoredUpload | undefined;
  try {
    const { taken: stored } = await receiveFile(request, MAX_UPLOAD_BYTES, async (source) => {
      requireFormToken(by, field(request, 'form_token'));
      discardable = await storeUpload({ ctx, companyId, caller: by.caller, source });
      return discardable;
    });
    const given = field(request, 'reason').trim();
    const reason = reasonSchema.safeParse(given);
    if (!reason.success) {
      const reasonError = call.t.dashboard.errors.reason;
      return await list(routes, call, { status: 400, reason: given, reasonError });
    }
    const accepted = { ctx, stored, dryRun: true, reason: given === '' ? undefined : given };
    const { _id } = await acceptCsv(accepted);
    discardable = undefined;
    return { redirect: `${PATH}/${_id}` };
  } catch (error) {
    return await refusal(routes, call, error);
  } finally {
    if (discardable) await discardUpload({ ctx, batchId: discardable.batchId });
  }
}

/** What is wrong with the file is said beside its field. */
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
  const detail = error.extra.details?.find(({ path }) => path === 'file');
  if (error.code !== 'invalid_request' || !detail) throw error;
  const missing = detail.message.startsWith('is required');
  const said = missing ? noFile : `${file} ${detail.message}`;
  return list(routes, call, { status: 400, error: said, reason });
}

async function batchPage(
  { ctx }: DashboardRoutes,
  { by, t, request }: DashboardCall,
  note?: string,
): Promise<DashboardPage> {
  const batchId = String(request.params.batch_id);
  const { view, hasFile, last } = await lookAtBatch({ ctx, companyId: by.company._id, batchId });
  const { invalid, not_found, already_revoked, duplicate } = view;
  return {
    section: 'revocations',
    template: 'dashboard/batch',
    title: t.dashboard.batch.title,
    status: note === undefined ? 200 : 409,
    data: {
      batch: view,
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
  change: (input: BatchChange) => Promise<Batch>,
): Promise<DashboardPage | Redirect> {
  const { by, request, t } = call;
  const batchId = String(request.params.batch_id);
  try {
    await change({ ctx: routes.ctx, companyId: by.company._id, batchId, caller: by.caller });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (MOVED_ON.has(error.code)) return batchPage(routes, call, t.dashboard.batch.changed);
    if (error.code !== 'upload_gone') throw error;
    return batchPage(routes, call, t.dashboard.batch.fileGone);
  }
  return { redirect: `${PATH}/${encodeURIComponent(batchId)}` };
}
