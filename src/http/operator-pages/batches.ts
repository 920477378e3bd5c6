import { retryBatch } from '../../core/batches/retry-batch';
import { AppError, type ErrorCode } from '../../errors';
import { listTroubledBatches } from '../../core/batches/list-troubled-batches';
import type { Batch } from '../../store/batches';
import { operatorCaller } from '../operator/require-operator';
import { companyPath } from './company';
import { backTo, type Notice, type OperatorRoutes, parameter, PREFIX } from './operator-page';

const PATH = `${PREFIX}/batches`;

/** What to say where a batch cannot be resumed. */
const REFUSALS: Partial<Record<ErrorCode, Notice>> = {
  batch_not_failed: 'batchMovedOn',
  batch_not_found: 'batchMovedOn',
  upload_gone: 'uploadGone',
};

/** Batches of all companies that have failed or are stuck. */
export function mountBatches({ ctx, get, post }: OperatorRoutes): void {
  get('/batches', async ({ t }) => {
    const { failed, stuck } = await listTroubledBatches({ ctx });
    return {
      section: 'batches',
      template: 'operator-pages/batches',
      title: t.operator.batches.title,
      data: { failed, stuck, companyPath, resumePath, resumable },
    };
  });
  post('/batches/:company_id/:batch_id/resume', async (call) => {
    const [companyId, batchId] = [parameter(call, 'company_id'), parameter(call, 'batch_id')];
    try {
      await retryBatch({ ctx, companyId, batchId, caller: operatorCaller(call.request) });
    } catch (error) {
      const notice = error instanceof AppError ? REFUSALS[error.code] : undefined;
      if (!notice) throw error;
      return backTo(call, PATH, notice);
    }
    return backTo(call, PATH, 'batchResumed');
  });
}

function resumePath({ company_id, _id }: Batch): string {
  return `${PATH}/${encodeURIComponent(company_id)}/${encodeURIComponent(_id)}/resume`;
}

function resumable({ open, upload, upload_expires_at }: Batch): boolean {
  return !open && upload !== null && upload_expires_at !== null;
}
