import type { Router } from 'express';
import { z } from 'zod';
import type { Context } from '../../context';
import { fewerThanAll } from '../../core/revocations/channels';
import { byBearer, type Gate } from '../authenticate-request';
import { id, reason, writtenChannels } from '../fields';
import { mount } from '../route';
import { acceptedBatch } from './batch-answers';
import { accepted } from './batches';
import { fileField, receiveForm } from './receive-form';

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
  channels: writtenChannels.meta({
    description:
      'What rows opt out of that do not say it in a column `channels` of their own: call, text, email, or several as in `call,text`. Left out, everything, which revokes.',
  }),
});

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
        'The header names any of email, mobile, email_sha256, mobile_sha256 and certificate_id, in any order and case; other columns are ignored. Hashes are SHA-256 in hex or base64, of the email in lower case and of the number as +14155550100. Whoever a row names by email or mobile is remembered, even if nothing is found: older consent that is registered later is revoked from birth. A column `channels` may say what each row opts out of: call, text, email, or several, separated by commas, semicolons, bars or spaces. It counts more than the field `channels`; a cell that cannot be read stands for all of them, is listed in `errors.csv` and counted in a warning. Fewer than all leave the certificate in force for the others, as on `/opt-out`, and rows of the same person add up. The file is separated by commas, semicolons or tabs, up to 10 million rows and 1 GiB. The answer comes when the file is stored; follow its rows at `status_url`. With `dry_run` it only counts, and `/commit` then runs it for real. A bad row never stops the file: it is listed in `errors.csv`.',
      answers: { 202: acceptedBatch },
      refusals: { 413: 'The file is over 1 GiB.', 415: 'The body is no multipart form.' },
    },
    takesBody: true,
    form: fieldsSchema.extend({ file: fileField }),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: (call) =>
      receiveForm({
        ctx,
        call,
        schema: fieldsSchema,
        toAccept: ({ dry_run: dryRun, reason, channels: given }) => {
          const channels = fewerThanAll(given);
          // Left out where it makes no difference, so that an Idempotency-Key stands for the same.
          return { dryRun, reason, ...(channels && { channels }) };
        },
        answerOf: (batch) => accepted(ctx, batch),
      }),
  });
}
