import type { Request, Router } from 'express';
import { z } from 'zod';
import { acceptCsv } from '../../core/batches/accept-csv';
import type { Batch } from '../../core/batches/batch-view';
import { discardUpload } from '../../core/batches/discard-upload';
import { MAX_UPLOAD_BYTES, type StoredUpload, storeUpload } from '../../core/batches/store-upload';
import type { CompanyPrincipal } from '../../core/credentials/authenticate';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Answer } from '../answer';
import { byBearer, type Gate } from '../authenticate-request';
import { id, reason } from '../fields';
import { madeOnce } from '../made-once';
import type { Once } from '../once';
import { receiveFile } from '../receive-file';
import { mount, parse } from '../route';
import { acceptedBatch } from './answers';
import { accepted } from './batches';

const fieldsSchema = z.object({
  company_id: id.optional(),
  dry_run: z
    .enum(['true', 'false', '1', '0'])
    .default('false')
    .transform((value) => value === 'true' || value === '1'),
  reason,
});

/** For the description; the file itself is streamed past the schema. Generators know files by `binary`. */
const file = z
  .string()
  .meta({ format: 'binary', contentMediaType: 'text/csv', description: 'The CSV file.' });

/** `POST /revocations/csv`, with the company's Bearer token; nothing is taken before that is good. */
export function mountCsv(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, ['', '/api'], {
    method: 'post',
    path: '/revocations/csv',
    operation: {
      id: 'uploadRevocations',
      summary: 'Revoke everybody in a CSV file',
      description:
        'The header has any of email, mobile and certificate_id. Up to 10 million rows and 1 GiB.',
      answers: { 202: acceptedBatch },
      refusals: [413, 415],
    },
    takesBody: true,
    form: fieldsSchema.extend({ file }),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: ({ request, principal, once }) => upload(ctx, request, principal, once),
  });
}

async function upload(
  ctx: Context,
  request: Request,
  { company, caller }: CompanyPrincipal,
  once: Once,
): Promise<Answer> {
  const companyId = company._id;
  let discardable: StoredUpload | undefined;
  try {
    const { taken: stored, fields } = await receiveFile(
      request,
      MAX_UPLOAD_BYTES,
      async (source) => (discardable = await storeUpload({ ctx, companyId, caller, source })),
    );
    const { company_id, dry_run: dryRun, reason } = parse(fieldsSchema, fields);
    if (company_id !== undefined && company_id !== companyId) throw new AppError('other_company');
    // A repetition is answered without this: its file is one too many.
    return await once(
      { sha256: stored.sha256, dryRun, reason: reason ?? null },
      async (heldKey) => {
        const answer = await madeOnce({
          ctx,
          heldKey,
          answerOf: (batch: Batch) => accepted(ctx, batch),
          change: (completion) => acceptCsv({ ctx, stored, dryRun, reason, completion }),
        });
        discardable = undefined;
        return answer;
      },
    );
  } finally {
    if (discardable) await discardUpload({ ctx, batchId: discardable.batchId });
  }
}
