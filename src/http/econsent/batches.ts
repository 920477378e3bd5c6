import type { Router } from 'express';
import { z } from 'zod';
import { type Batch, batchView } from '../../core/batches/batch-view';
import { cancelBatch } from '../../core/batches/cancel-batch';
import { commitBatch } from '../../core/batches/commit-batch';
import { errorsCsv } from '../../core/batches/errors-csv';
import { getBatch } from '../../core/batches/get-batch';
import { listBatches } from '../../core/batches/list-batches';
import type { BatchChange } from '../../core/batches/record-batch-change';
import { retryBatch } from '../../core/batches/retry-batch';
import { batchStatusUrl } from '../../core/batches/status-url';
import { type BatchMoment, followBatch, lookAtBatch } from '../../core/batches/watch-batch';
import { createOpenStream } from '../../core/limits/event-streams';
import type { Context } from '../../context';
import type { Answer } from '../answer';
import { byBearer, type Gate, isStillAllowed } from '../authenticate-request';
import { id, paging } from '../fields';
import { madeOnce } from '../made-once';
import type { Operation } from '../operation';
import { mount } from '../route';
import { acceptedBatch, batch, batchPage } from './answers';
import { PREFIXES } from './prefixes';

const PATH = '/revocations/batches';
const ONE = `${PATH}/:batch_id`;
const RECONNECT_AFTER_MS = 1_000;
const params = z.object({ batch_id: id });

const UNKNOWN = 'The company has no such batch.';
const GONE = 'The uploaded file has been deleted.';

const OPERATIONS: Record<'commit' | 'retry' | 'cancel', Operation> = {
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
      'Ends it in the state `cancelled` and answers with its counts. Some rows that were read ahead may be remembered beyond those. Cancelling it again changes nothing.',
    answers: { 200: batch },
    refusals: { 404: UNKNOWN, 409: 'It has finished, or was a bulk, which is done at once.' },
  },
};

/** A company's batches: how they stand, and what can be done with them. */
export function mountBatches(
  router: Router,
  ctx: Context,
  gate: Gate,
  draining: AbortSignal,
): void {
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: PATH,
    operation: {
      id: 'listBatches',
      scope: 'revoke',
      summary: 'Batches, newest first',
      description:
        'Every file and every bulk that was to revoke certificates, dry runs included. For the next page send `next_cursor` as `cursor`.',
      answers: { 200: batchPage },
    },
    query: z.object(paging),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ query, principal }) => ({
      status: 200,
      body: await listBatches({ ctx, companyId: principal.company._id, ...query }),
    }),
  });
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: ONE,
    operation: {
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
    params,
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ params, principal }) => ({
      status: 200,
      body: await getBatch({ ctx, companyId: principal.company._id, batchId: params.batch_id }),
    }),
  });
  mountErrors(router, ctx, gate);
  mountEvents(router, ctx, gate, draining);
  mountChange(router, ctx, gate, 'commit', commitBatch, (batch) => accepted(ctx, batch));
  mountChange(router, ctx, gate, 'retry', retryBatch, (batch) => accepted(ctx, batch));
  mountChange(router, ctx, gate, 'cancel', cancelBatch, (batch) => ({
    status: 200,
    body: batchView(batch, ctx.now()),
  }));
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
    path: `${ONE}/errors.csv`,
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
    params,
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ params, principal }) => ({
      status: 200,
      headers: {
        'Content-Type': 'text/csv; charset=utf-8',
        'Content-Disposition': 'attachment; filename="errors.csv"',
      },
      stream: await errorsCsv({
        ctx,
        companyId: principal.company._id,
        batchId: params.batch_id,
      }),
    }),
  });
}

function mountEvents(router: Router, ctx: Context, gate: Gate, draining: AbortSignal): void {
  const openStream = createOpenStream({ ctx });
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: `${ONE}/events`,
    operation: {
      id: 'followBatch',
      scope: 'revoke',
      summary: 'Follow a batch as it runs',
      description:
        'Server-sent events: each `data` is a Batch, at least one a second while it runs, and the last one when it ends. 204 for a client that has seen the last one. Ends within seconds when the token is revoked.',
      answers: { 200: { 'text/event-stream': z.string() }, 204: null },
      refusals: { 404: UNKNOWN },
    },
    params,
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ params, principal, request, arrived }) => {
      const ref = { ctx, companyId: principal.company._id, batchId: params.batch_id };
      const now = await lookAtBatch(ref);
      // It has seen the end, and an EventSource reconnects for ever unless it gets a 204.
      if (now.last && request.get('last-event-id') === now.id) return { status: 204 };
      const { close } = await openStream(principal.company);
      // Also where the caller has left before anything is sent.
      if (request.res?.closed) close();
      else request.res?.once('close', close);
      return {
        status: 200,
        headers: {
          'Content-Type': 'text/event-stream',
          'Cache-Control': 'no-cache, no-transform',
          'X-Accel-Buffering': 'no',
        },
        stream: async function* (gone) {
          yield `retry: ${String(RECONNECT_AFTER_MS)}\n\n`;
          const until = AbortSignal.any([gone, draining]);
          for await (const moment of followBatch(ref, now, until)) {
            // It may have been revoked since: a stream must not outlive its token.
            if (moment !== now && !(await isStillAllowed(gate, 'econsent', arrived))) return;
            yield event(moment);
          }
        },
      };
    },
  });
}

function event({ id, view }: BatchMoment): string {
  return `id: ${id}\ndata: ${JSON.stringify(view)}\n\n`;
}

function mountChange(
  router: Router,
  ctx: Context,
  gate: Gate,
  verb: 'commit' | 'cancel' | 'retry',
  change: (input: BatchChange) => Promise<Batch>,
  answerOf: (batch: Batch) => Answer,
): void {
  mount(router, ctx, PREFIXES, {
    method: 'post',
    path: `${ONE}/${verb}`,
    operation: OPERATIONS[verb],
    params,
    body: z.object({ company_id: id.optional() }),
    authenticate: (call) => byBearer(gate, 'econsent', call, call.body.company_id),
    handle: ({ params, principal, heldKey }) =>
      madeOnce({
        ctx,
        heldKey,
        answerOf,
        change: (completion) =>
          change({
            ctx,
            companyId: principal.company._id,
            batchId: params.batch_id,
            caller: principal.caller,
            completion,
          }),
      }),
  });
}
