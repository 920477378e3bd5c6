import type { Router } from 'express';
import { z } from 'zod';
import type { Batch } from '../../core/batches/batch-view';
import { listScrubs } from '../../core/batches/scrub/list-scrubs';
import { resultCsv } from '../../core/batches/scrub/result-csv';
import { scrubView, type ScrubView } from '../../core/batches/scrub/scrub-view';
import { batchStatusUrl } from '../../core/batches/status-url';
import { scrubReceipt } from '../../core/proof/scrub-receipt';
import { CHANNELS } from '../../core/certificates/certificate-view';
import type { Context } from '../../context';
import { formatUsd } from '../../lib/usd';
import { type Answer, csvFile } from '../answer';
import { byBearer, type Gate } from '../authenticate-request';
import { id } from '../fields';
import { mount } from '../route';
import { type BatchCalls, mountBatchCalls, paramsOf, pathOf, refOf } from './batch-calls';
import { PREFIXES } from './prefixes';
import { pendingReceipt, receiptAnswer, receiptContent } from './receipts';
import { fileField, receiveForm } from './receive-form';
import { acceptedScrub, scrub, scrubPage } from './scrub-answers';

const PATH = '/contact/scrubs';
const UNKNOWN = 'The company has no such scrub.';
const GONE = 'The uploaded file has been deleted.';

const blankAsAbsent = (value: unknown) => (value === '' ? undefined : value);
const fieldsSchema = z.object({
  company_id: id.optional(),
  channel: z.preprocess(blankAsAbsent, z.enum(CHANNELS).optional()),
  consent_type: z.preprocess(blankAsAbsent, id.optional()),
});

const OPERATIONS: BatchCalls<ScrubView>['operations'] = {
  list: {
    id: 'listScrubs',
    scope: 'contact',
    summary: 'Scrubs, newest first',
    description:
      'Every file that was to be scrubbed. For the next page send `next_cursor` as `cursor`.',
    answers: { 200: scrubPage },
  },
  get: {
    id: 'getScrub',
    scope: 'contact',
    summary: 'The progress of a scrub',
    description:
      'How far it is. Once it is `previewed`, `price_microusd` says what answering its rows costs. While they are answered, `consented + opted_out + no_consent + other_consent + invalid = rows_read` at any time. Ask again every second or so, or follow `/events`.',
    answers: { 200: scrub },
    refusals: { 404: UNKNOWN },
  },
  follow: {
    id: 'followScrub',
    scope: 'contact',
    summary: 'Follow a scrub as it runs',
    description:
      'Server-sent events: each `data` is a Scrub, at least one a second while it runs, and the last one when it ends. 204 for a client that has seen the last one. Ends within seconds when the token is revoked.',
    answers: { 200: { 'text/event-stream': z.string() }, 204: null },
    refusals: { 404: UNKNOWN },
  },
  commit: {
    id: 'commitScrub',
    scope: 'contact',
    summary: 'Have the rows of a previewed scrub answered',
    description:
      'For a scrub in the state `previewed`. Sets its `price_microusd` aside; rows are paid for as they are answered, and what is left is released. Of several calls one succeeds.',
    answers: { 202: acceptedScrub },
    refusals: {
      402: 'The wallet has too little (`code` 4005). Nothing is lost: commit it again after a top-up.',
      404: UNKNOWN,
      409: 'It has not been previewed yet, or was committed before.',
      410: GONE,
    },
  },
  retry: {
    id: 'retryScrub',
    scope: 'contact',
    summary: 'Resume a failed scrub',
    description:
      'Goes on where it had stopped, once what `error` says is mended; what is left of its price is set aside again. No row is answered or paid for twice.',
    answers: { 202: acceptedScrub },
    refusals: {
      402: 'The wallet has too little (`code` 4005).',
      404: UNKNOWN,
      409: 'It has not failed.',
      410: GONE,
    },
  },
  cancel: {
    id: 'cancelScrub',
    scope: 'contact',
    summary: 'Stop a scrub; what is answered stays paid for',
    description:
      'Ends it in the state `cancelled` and answers with its counts; what is left of its price is released within seconds. The rows that are answered are in `result.csv`. Cancelling it again changes nothing.',
    answers: { 200: scrub },
    refusals: { 404: UNKNOWN, 409: 'It has finished.' },
  },
};

const CALLS: BatchCalls<ScrubView> = {
  kind: 'scrubs',
  path: PATH,
  idName: 'scrub_id',
  viewOf: scrubView,
  list: listScrubs,
  accepted,
  operations: OPERATIONS,
};

/** Files of contacts: may they be contacted now? */
export function mountScrubs(router: Router, ctx: Context, gate: Gate, draining: AbortSignal): void {
  mountUpload(router, ctx, gate);
  mountResult(router, ctx, gate);
  mountReceipt(router, ctx, gate);
  mountBatchCalls(router, ctx, gate, draining, CALLS);
}

function mountUpload(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, PREFIXES, {
    method: 'post',
    path: PATH,
    operation: {
      id: 'uploadScrub',
      scope: 'contact',
      summary: 'Ask about everyone in a CSV file before you contact them',
      description:
        'The header names any of email, mobile, email_sha256 and mobile_sha256, as for revocations; a row that names several people is allowed only if none objects. `channel` and `consent_type` are those of `/contact/check`, for all rows. The answer comes when the file is stored. It is previewed first: follow it at `status_url` until it is `previewed`, look at its price, and `/commit` it; then fetch `result.csv`. Up to 10 million rows and 1 GiB.',
      costs: `Nothing yet; once committed ${formatUsd(ctx.config.prices.scrub_row)} for each row that can be read.`,
      answers: { 202: acceptedScrub },
      refusals: { 413: 'The file is over 1 GiB.', 415: 'The body is no multipart form.' },
    },
    takesBody: true,
    form: fieldsSchema.extend({ file: fileField }),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: (call) =>
      receiveForm({
        ctx,
        call,
        kind: 'scrubs',
        schema: fieldsSchema,
        toAccept: ({ channel, consent_type: consentType }) => ({
          dryRun: true,
          asked: { channel, consentType },
        }),
        answerOf: (batch) => accepted(ctx, batch),
      }),
  });
}

function mountResult(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: `${pathOf(CALLS)}/result.csv`,
    operation: {
      id: 'downloadScrubResult',
      scope: 'contact',
      summary: 'The file with what may be done',
      description:
        'The columns of the file and `allowed`, `reason`, `certificate_id`, `consent_opt_in`, in its order and with its delimiter, in UTF-8. A row that cannot be read has the reason `invalid`. Cells that could start a formula are made harmless, phone numbers excepted. Also of a scrub that was cancelled or has failed, as far as it was answered. There until the uploaded file is deleted, at `expires_at`.',
      answers: { 200: { 'text/csv': z.string() } },
      refusals: { 404: UNKNOWN, 409: 'It has not been answered yet.', 410: GONE },
    },
    params: paramsOf(CALLS),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ params, principal }) => {
      const { bytes, read } = await resultCsv(refOf(ctx, CALLS, principal.company._id, params));
      return csvFile({ name: 'result.csv', bytes, stream: read });
    },
  });
}

function mountReceipt(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: `${pathOf(CALLS)}/receipt`,
    otherPath: `${pathOf(CALLS)}/receipt.pdf`,
    operation: {
      id: 'getScrubReceipt',
      scope: 'audit',
      summary: 'Proof of what a scrub has answered, which anybody can check',
      description:
        'How many rows were answered, how many of them may be contacted, and the SHA-256 of `result.csv` for as long as that is kept: `node verify-receipt.mjs` checks it offline, years later. About 2 s after the scrub has ended it is there; until then 202 with `Retry-After`.',
      answers: { 200: receiptContent, 202: pendingReceipt },
      refusals: {
        404: 'The company has no such scrub, or an earlier release answered it.',
        409: 'It has not been answered yet.',
      },
    },
    params: paramsOf(CALLS),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ params, principal, request }) =>
      receiptAnswer(
        ctx,
        request,
        await scrubReceipt(refOf(ctx, CALLS, principal.company._id, params)),
      ),
  });
}

/** A 202 with the address at which a scrub can be followed. */
function accepted(ctx: Context, { _id }: Batch): Answer {
  const status_url = batchStatusUrl({ ctx, batchId: _id, kind: 'scrubs' });
  return { status: 202, body: { scrub_id: _id, status_url } };
}
