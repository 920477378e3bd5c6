import { REFUSALS } from '../../core/batches/batch-kind';
import type { BatchKind } from '../../core/batches/batch-view';
import { cancelBatch } from '../../core/batches/cancel-batch';
import { commitBatch } from '../../core/batches/commit-batch';
import { retryBatch } from '../../core/batches/retry-batch';
import { normalizeId } from '../../core/identifiers/id';
import { AppError } from '../../errors';
import type { Redirect } from '../pages/page-router';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';

const CHANGES = { commit: commitBatch, cancel: cancelBatch, retry: retryBatch } as const;

/** The page of a kind of batches. */
interface BatchPages {
  kind: BatchKind;
  /** Below the dashboard; the batch is `/:batch_id` in it. */
  path: string;
  /** Shows the batch with what is to be said about a change that was not made. */
  page: (call: DashboardCall, note: string, status: number) => Promise<DashboardPage>;
  /** What else may stand against a change; undefined: it is none of this page's. */
  refusal?: (call: DashboardCall, error: AppError) => Promise<string | undefined>;
}

/** The buttons of a batch: to start it, to cancel it and to resume it. */
export function mountBatchChanges(routes: DashboardRoutes, pages: BatchPages): void {
  const { ctx } = routes;
  const { kind, path, page, refusal } = pages;
  const { notPreviewed, notFailed, finished } = REFUSALS[kind];
  // The batch has changed since its buttons were shown.
  const movedOn: string[] = [notPreviewed, notFailed, finished];
  const noteOn = (call: DashboardCall, error: AppError) => {
    const { changed, fileGone } = call.t.dashboard.batch;
    if (movedOn.includes(error.code)) return changed;
    return error.code === 'upload_gone' ? fileGone : refusal?.(call, error);
  };
  for (const [verb, change] of Object.entries(CHANGES)) {
    routes.post(`${path}/:batch_id/${verb}`, async (call): Promise<DashboardPage | Redirect> => {
      const { by, request } = call;
      const batchId = normalizeId(String(request.params.batch_id));
      try {
        await change({ ctx, companyId: by.company.company_id, batchId, kind, caller: by.caller });
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        const note = await noteOn(call, error);
        if (note === undefined) throw error;
        return page(call, note, error.status);
      }
      return { redirect: `/dashboard${path}/${encodeURIComponent(batchId)}` };
    });
  }
}
