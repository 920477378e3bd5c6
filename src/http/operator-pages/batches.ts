import { retryBatch } from '../../core/batches/retry-batch';
import { AppError, type ErrorCode } from '../../errors';
import { listTroubledBatches, type TroubledBatch } from '../../core/batches/list-troubled-batches';
import { operatorCaller } from '../operator/require-operator';
import { companyPath } from './company';
import { backTo, type Notice, type OperatorRoutes, parameter, PREFIX } from './operator-page';

const PATH = `${PREFIX}/batches`;

/** What to say when a batch cannot be resumed. */
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
      data: { failed, stuck, companyPath, resumePath },
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

function resumePath({ company_id, batch_id }: TroubledBatch): string {
  return `${PATH}/${encodeURIComponent(company_id)}/${encodeURIComponent(batch_id)}/resume`;
}
