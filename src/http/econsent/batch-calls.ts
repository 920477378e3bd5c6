import type { Router } from 'express';
import { z } from 'zod';
import type { Batch, BatchKind } from '../../core/batches/batch-view';
import { cancelBatch } from '../../core/batches/cancel-batch';
import { commitBatch } from '../../core/batches/commit-batch';
import type { BatchChange } from '../../core/batches/record-batch-change';
import type { BatchRef } from '../../core/batches/require-batch';
import { retryBatch } from '../../core/batches/retry-batch';
import { type BatchMoment, followBatch, lookAt } from '../../core/batches/watch-batch';
import { createOpenStream } from '../../core/limits/event-streams';
import type { Context } from '../../context';
import type { Answer } from '../answer';
import { byBearer, type Gate, isStillAllowed } from '../authenticate-request';
import { id, paging } from '../fields';
import { madeOnce } from '../made-once';
import type { Operation } from '../operation';
import { mount } from '../route';
import { PREFIXES } from './prefixes';

const RECONNECT_AFTER_MS = 1_000;

/** A kind of batch as the API serves it. */
export interface BatchCalls<View> {
  kind: BatchKind;
  /** Of its list. */
  path: string;
  /** What the id of one is called. */
  idName: string;
  viewOf: (batch: Batch, now: Date) => View;
  list: (of: {
    ctx: Context;
    companyId: string;
    limit: number;
    cursor?: string | undefined;
  }) => Promise<object>;
  /** The answer to a change that has work left to do. */
  accepted: (ctx: Context, batch: Batch) => Answer;
  operations: Record<'list' | 'get' | 'follow' | 'commit' | 'retry' | 'cancel', Operation>;
}

/** The calls of all kinds of batches: how they stand, and what can be done with them. */
export function mountBatchCalls<View extends object>(
  router: Router,
  ctx: Context,
  gate: Gate,
  draining: AbortSignal,
  calls: BatchCalls<View>,
): void {
  const { operations, viewOf, accepted } = calls;
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: calls.path,
    operation: operations.list,
    query: z.object(paging),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ query, principal }) => ({
      status: 200,
      body: await calls.list({ ctx, companyId: principal.company._id, ...query }),
    }),
  });
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: pathOf(calls),
    operation: operations.get,
    params: paramsOf(calls),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ params, principal }) => {
      const ref = refOf(ctx, calls, principal.company._id, params);
      return { status: 200, body: (await lookAt(ref, viewOf)).view };
    },
  });
  mountEvents(router, ctx, gate, draining, calls);
  const running = (batch: Batch) => accepted(ctx, batch);
  mountChange(router, ctx, gate, calls, { verb: 'commit', change: commitBatch, answerOf: running });
  mountChange(router, ctx, gate, calls, { verb: 'retry', change: retryBatch, answerOf: running });
  const stopped = (batch: Batch) => ({ status: 200, body: viewOf(batch, ctx.now()) });
  mountChange(router, ctx, gate, calls, { verb: 'cancel', change: cancelBatch, answerOf: stopped });
}

type Named = Pick<BatchCalls<never>, 'kind' | 'path' | 'idName'>;

/** The path of one batch. */
export function pathOf({ path, idName }: Named): string {
  return `${path}/:${idName}`;
}

/** The parameters of that path. */
export function paramsOf({ idName }: Named) {
  return z.object({ [idName]: id });
}

/** The batch that a call names. */
export function refOf(
  ctx: Context,
  { kind, idName }: Named,
  companyId: string,
  params: Record<string, string>,
): BatchRef {
  return { ctx, companyId, batchId: params[idName] ?? '', kind };
}

function mountEvents<View extends object>(
  router: Router,
  ctx: Context,
  gate: Gate,
  draining: AbortSignal,
  calls: BatchCalls<View>,
): void {
  const openStream = createOpenStream({ ctx });
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: `${pathOf(calls)}/events`,
    operation: calls.operations.follow,
    params: paramsOf(calls),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ params, principal, request, arrived }) => {
      const ref = refOf(ctx, calls, principal.company._id, params);
      const look = () => lookAt(ref, calls.viewOf);
      const now = await look();
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
          for await (const moment of followBatch(look, now, until)) {
            // It may have been revoked since: a stream must not outlive its token.
            if (moment !== now && !(await isStillAllowed(gate, 'econsent', arrived))) return;
            yield event(moment);
          }
        },
      };
    },
  });
}

function event({ id, view }: BatchMoment<object>): string {
  return `id: ${id}\ndata: ${JSON.stringify(view)}\n\n`;
}

function mountChange<View>(
  router: Router,
  ctx: Context,
  gate: Gate,
  calls: BatchCalls<View>,
  {
    verb,
    change,
    answerOf,
  }: {
    verb: 'commit' | 'cancel' | 'retry';
    change: (input: BatchChange) => Promise<Batch>;
    answerOf: (batch: Batch) => Answer;
  },
): void {
  mount(router, ctx, PREFIXES, {
    method: 'post',
    path: `${pathOf(calls)}/${verb}`,
    operation: calls.operations[verb],
    params: paramsOf(calls),
    body: z.object({ company_id: id.optional() }),
    authenticate: (call) => byBearer(gate, 'econsent', call, call.body.company_id),
    handle: ({ params, principal, heldKey }) =>
      madeOnce({
        ctx,
        heldKey,
        answerOf,
        change: (completion) => {
          const ref = refOf(ctx, calls, principal.company._id, params);
          return change({ ...ref, caller: principal.caller, completion });
        },
      }),
  });
}
