import type { Router } from 'express';
import { z } from 'zod';
import { type Batch, batchView, type BatchView } from '../../core/batches/batch-view';
import { errorsCsv } from '../../core/batches/errors-csv';
import { listBatches } from '../../core/batches/list-batches';
import { batchStatusUrl } from '../../core/batches/status-url';
import type { Context } from '../../context';
import { type Answer, csvFile } from '../answer';
import { byBearer, type Gate } from '../authenticate-request';
import { mount } from '../route';
import { acceptedBatch, batch, batchPage } from './batch-answers';
import { type BatchCalls, mountBatchCalls, paramsOf, pathOf, refOf } from './batch-calls';
import { PREFIXES } from './prefixes';

const UNKNOWN = 'The company has no such batch.';
const GONE = 'The uploaded file has been deleted.';

const OPERATIONS: BatchCalls<BatchView>['operations'] = {
  list: {
    id: 'listBatches',
    scope: 'revoke',
    summary: 'Batches, newest first',
    description:
      'Every file and every bulk that was to revoke certificates, dry runs included. For the next page send `next_cursor` as `cursor`.',
    answers: { 200: batchPage },
  },
  get: {
    id: 'getBatch',
    scope: 'revoke',
    summary: 'The progress of a batch',
    description:
      'How far it is. `revoked + already_revoked + not_found + invalid + duplicate = rows_read` at any time; `flags_committed_at` says when all was revoked. Ask again every second or so, or follow `/events`.',
    refusals: {
      404: UNKNOWN,
    },
    answers: { 200: batch },
  },
  follow: {
    id: 'followBatch',
    scope: 'revoke',
    summary: 'Follow a batch as it runs',
    description:
      'Server-sent events: each `data` is a Batch, at least one a second while it runs, and the last one when it ends. 204 for a client that has seen the last one. Ends within seconds when the token is revoked.',
    answers: { 200: { 'text/event-stream': z.string() }, 204: null },
    refusals: { 404: UNKNOWN },
  },
  commit: {
    id: 'commitBatch',
    scope: 'revoke',
    summary: 'Run a finished dry run for real, on the same stored file',
    description:
      'For a batch in the state `previewed`. Keeps its `batch_id`; of several calls one succeeds. What it revokes cannot be brought back: look at the counts and `warnings` first.',
    answers: { 202: acceptedBatch },
    refusals: {
      404: UNKNOWN,
      409: 'It is no finished dry run, or was committed before.',
      410: GONE,
    },
  },
  retry: {
    id: 'retryBatch',
    scope: 'revoke',
    summary: 'Resume a failed batch',
    description:
      'Goes on where it had stopped, once what `error` says is mended. No row is done twice.',
    answers: { 202: acceptedBatch },
    refusals: { 404: UNKNOWN, 409: 'It has not failed.', 410: GONE },
  },
  cancel: {
    id: 'cancelBatch',
    scope: 'revoke',
    summary: 'Stop a batch; what it has revoked stays revoked',
    description:
      'Ends it in the state `cancelled` and answers with its counts. Rows that were read ahead may be remembered, which `remembered` counts, beyond those read. Cancelling it again changes nothing.',
    answers: { 200: batch },
    refusals: { 404: UNKNOWN, 409: 'It has finished, or was a bulk, which is done at once.' },
  },
};

const CALLS: BatchCalls<BatchView> = {
  kind: 'revocations',
  path: '/revocations/batches',
  idName: 'batch_id',
  viewOf: batchView,
  list: listBatches,
  accepted,
  operations: OPERATIONS,
};

/** A company's batches that revoke: how they stand, and what can be done with them. */
export function mountBatches(
  router: Router,
  ctx: Context,
  gate: Gate,
  draining: AbortSignal,
): void {
  mountErrors(router, ctx, gate);
  mountBatchCalls(router, ctx, gate, draining, CALLS);
}

/** A 202 with the address at which a batch can be followed. */
export function accepted(ctx: Context, { _id }: Pick<Batch, '_id'>): Answer {
  return {
    status: 202,
    body: { batch_id: _id, status_url: batchStatusUrl({ ctx, batchId: _id }) },
  };
}

function mountErrors(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: `${pathOf(CALLS)}/errors.csv`,
    operation: {
      id: 'downloadBatchErrors',
      scope: 'revoke',
      summary: 'Every row that was not revoked, and why',
      description:
        'A CSV file with the line number, column, value and reason of each. Values that could start a formula are made harmless. There until the uploaded file is deleted.',
      refusals: {
        404: UNKNOWN,
        410: 'The uploaded file and this list have been deleted.',
      },
      answers: { 200: { 'text/csv': z.string() } },
    },
    params: paramsOf(CALLS),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ params, principal }) => {
      const stream = await errorsCsv(refOf(ctx, CALLS, principal.company._id, params));
      return csvFile({ name: 'errors.csv', stream });
    },
  });
}
