import type { Router } from 'express';
import { z } from 'zod';
import { revokeInBulk } from '../../core/batches/list/revoke-in-bulk';
import { batchStatusUrl } from '../../core/batches/status-url';
import type { Context } from '../../context';
import { MAX_CERTIFICATES_PER_REQUEST } from '../../core/revocations/count-flagged';
import { byBearer, type Gate } from '../authenticate-request';
import { id, reason } from '../fields';
import { mount } from '../route';
import { bulkAnswer } from './answers';

const BODY_LIMIT_BYTES = 2 * 1024 * 1024;

const bulk = z.object({
  company_id: id.optional(),
  // Check the length first: nobody needs an error for each of a million wrong ids.
  certificate_ids: z.array(z.unknown()).min(1).max(MAX_CERTIFICATES_PER_REQUEST).pipe(z.array(id)),
  reason,
});

/** `POST /revocations/bulk`, with the company's Bearer token. */
export function mountBulk(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, ['', '/api'], {
    method: 'post',
    path: '/revocations/bulk',
    operation: {
      id: 'revokeInBulk',
      scope: 'revoke',
      summary: 'Revoke up to 10,000 certificates',
      description:
        'Every certificate is revoked by the time you get the answer; the batch then writes the audit log. Ids that the company has no certificate for are in `not_found` and stop nothing.',
      answers: { 202: bulkAnswer },
    },
    body: bulk,
    bodyLimitBytes: BODY_LIMIT_BYTES,
    authenticate: (call) => byBearer(gate, 'econsent', call, call.body.company_id),
    handle: async ({ body, principal, heldKey }) => {
      const { batch, notFound } = await revokeInBulk({
        ctx,
        companyId: principal.company._id,
        certificateIds: body.certificate_ids,
        reason: body.reason,
        caller: principal.caller,
        operationId: heldKey?.operationId,
      });
      return {
        status: 202,
        body: {
          batch_id: batch._id,
          revoked: batch.revoked,
          already_revoked: batch.already_revoked,
          not_found: notFound,
          status_url: batchStatusUrl({ ctx, batchId: batch._id }),
        },
      };
    },
  });
}
