import type { Request, Router } from 'express';
import { z } from 'zod';
import type { Batch } from '../../core/batches/batch-view';
import { type IncomingUpload, receiveUpload } from '../../core/batches/receive-upload';
import { MAX_UPLOAD_BYTES } from '../../core/batches/store-upload';
import type { Context } from '../../context';
import { AppError, invalid } from '../../errors';
import type { Answer } from '../answer';
import { byBearer, type Gate } from '../authenticate-request';
import { id, reason } from '../fields';
import { madeOnce } from '../made-once';
import type { Once } from '../once';
import { receiveFile } from '../receive-file';
import { parse } from '../parse';
import { mount } from '../route';
import { acceptedBatch } from './answers';
import { accepted } from './batches';

const DRY_RUN = ['true', 'false', '1', '0'] as const;

const fieldsSchema = z.object({
  company_id: id.optional(),
  dry_run: z
    .enum(DRY_RUN)
    // For the document only: a generated client may be given a boolean, which a form writes as a text.
    .meta({ type: ['string', 'boolean'], enum: [...DRY_RUN, true, false] })
    .default('false')
    .transform((value) => value === 'true' || value === '1'),
  reason,
});

/** For the OpenAPI document only: the file never passes a schema. Generators go by `binary`. */
const file = z
  .string()
  .meta({ format: 'binary', contentMediaType: 'text/csv', description: 'The CSV file.' });

/** `POST /revocations/csv`, with the company's Bearer token, which is checked before a byte is read. */
export function mountCsv(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, ['', '/api'], {
    method: 'post',
    path: '/revocations/csv',
    operation: {
      id: 'uploadRevocations',
      scope: 'revoke',
      summary: 'Revoke everyone in a CSV file',
      description:
        'The header names any of email, mobile, email_sha256, mobile_sha256 and certificate_id, in any order and case; other columns are ignored. Hashes are SHA-256 in hex or base64, of the email in lower case and of the number as +14155550100. Whoever a row names by email or mobile is remembered, even if nothing is found: older consent that is registered later is revoked from birth. Separated by commas, semicolons or tabs, up to 10 million rows and 1 GiB. The answer comes when the file is stored; follow its rows at `status_url`. With `dry_run` it only counts, and `/commit` then runs it for real. A bad row never stops the file: it is listed in `errors.csv`.',
      answers: { 202: acceptedBatch },
      refusals: { 413: 'The file is over 1 GiB.', 415: 'The body is no multipart form.' },
    },
    takesBody: true,
    form: fieldsSchema.extend({ file }),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: ({ request, principal, once }) => {
      refuseUnknown(request.query, []);
      const { company, caller } = principal;
      const work = (upload: IncomingUpload) => acceptOnce(ctx, request, company._id, upload, once);
      return receiveUpload({ ctx, companyId: company._id, caller, work });
    },
  });
}

/**
 * A name that nobody reads may be a misspelt `dry_run`, and what follows cannot be undone.
 * @throws AppError invalid_request
 */
function refuseUnknown(given: object, known: string[]): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const fields = ['file', ...Object.keys(fieldsSchema.shape)].join(', ');
  throw invalid(unknown.slice(0, 100), `is not known; the fields of the form are ${fields}`);
}

async function acceptOnce(
  ctx: Context,
  request: Request,
  companyId: string,
  upload: IncomingUpload,
  once: Once,
): Promise<Answer> {
  const { taken: stored, fields } = await receiveFile(request, MAX_UPLOAD_BYTES, upload.take);
  refuseUnknown(fields, Object.keys(fieldsSchema.shape));
  const { company_id, dry_run: dryRun, reason } = parse(fieldsSchema, fields);
  if (company_id !== undefined && company_id !== companyId) throw new AppError('other_company');
  // A repeat is answered without running this; its file is surplus and gets discarded.
  return once({ sha256: stored.sha256, dryRun, reason: reason ?? null }, (heldKey) =>
    madeOnce({
      ctx,
      heldKey,
      answerOf: (batch: Batch) => accepted(ctx, batch),
      change: (completion) => upload.accept({ stored, dryRun, reason, completion }),
    }),
  );
}
