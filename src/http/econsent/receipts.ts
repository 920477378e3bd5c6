import type { Request, Router } from 'express';
import { z } from 'zod';
import type { Context } from '../../context';
import { readContact } from '../../core/contacts/read-contact';
import { checkReceipt } from '../../core/proof/check-receipt';
import { type Receipt, RECEIPT_FORMAT } from '../../core/proof/receipt';
import { type Answer, pdfFile } from '../answer';
import { byBearer, type Gate } from '../authenticate-request';
import { baseUrl } from '../base-url';
import { email, id, mobile, sha256 } from '../fields';
import { textsOf } from '../pages/texts';
import { receiptPdf } from '../receipts/receipt-pdf';
import { mount } from '../route';
import { PREFIXES } from './prefixes';

/** A receipt is in the log within 2 s. */
const RETRY_AFTER_SECONDS = 2;

const opening = z.object({ salt: z.string(), value: z.string() });
const path = z.array(z.string());

/** A receipt as it goes over the wire. */
export const receipt = z
  .object({
    format: z.literal(RECEIPT_FORMAT),
    record: z.string(),
    signature: z.string(),
    opening: z.object({
      commitments: z.record(z.string(), opening.nullable()),
      subjects: z.array(opening.nullable()),
    }),
    inclusion: z.object({
      subjects: z.array(z.object({ index: z.int(), size: z.int(), leaf: z.string(), path })),
      record: z.object({ index: z.int(), path }),
    }),
    checkpoint: z.string(),
  })
  .meta({ id: 'Receipt' });

/** What is answered until there is one. */
export const pendingReceipt = z
  .object({ state: z.literal('pending') })
  .meta({ id: 'PendingReceipt' });

/** A receipt as an answer has it: JSON, or a PDF. */
export const receiptContent = {
  'application/json': receipt,
  'application/pdf': z.string().meta({ format: 'binary' }),
};

const PDF = 'application/pdf';
const PDF_ENDING = '.pdf';

/**
 * Answers with a receipt, or with when to ask again. It is a PDF for a path that ends in `.pdf`, and for
 * who accepts that rather than JSON.
 */
export async function receiptAnswer(
  ctx: Context,
  request: Request,
  made: Receipt | null,
): Promise<Answer> {
  if (!made) {
    return {
      status: 202,
      headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) },
      body: { state: 'pending' },
    };
  }
  if (!wantsPdf(request)) return { status: 200, headers: { Vary: 'Accept' }, body: made };
  const t = textsOf('en', 'docs');
  if (!t) throw new Error('there are no English texts');
  const url = baseUrl(request, ctx.config.publicUrl);
  return pdfFile(
    'receipt.pdf',
    await receiptPdf({ ctx, receipt: made, tag: 'en', t, baseUrl: url }),
  );
}

function wantsPdf(request: Request): boolean {
  return request.path.endsWith(PDF_ENDING) || request.accepts(['application/json', PDF]) === PDF;
}

/** No receipt's own id has a dot. */
function withoutEnding(receiptId: string): string {
  return receiptId.endsWith(PDF_ENDING) ? receiptId.slice(0, -PDF_ENDING.length) : receiptId;
}

/** The header by which an answer that was charged names its receipt. */
export const RECEIPT_HEADER = {
  'Rescind-Receipt':
    'Id of the receipt of this answer, for `GET /verify/receipts/{receipt_id}`; not of a repeat.',
};

/** For an answer that was charged. */
export function receiptHeader(receiptId: string | undefined): Pick<Answer, 'headers'> {
  return receiptId === undefined ? {} : { headers: { 'Rescind-Receipt': receiptId } };
}

/** `GET /verify/receipts/:receipt_id`. */
export function mountReceipts(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: '/verify/receipts/:receipt_id',
    operation: {
      id: 'getCheckReceipt',
      scope: 'audit',
      summary: 'Proof of a check, which anybody can verify',
      description:
        'Who asked, about what, what we answered and when, for an answer that was charged: its id is in the header `Rescind-Receipt`. `node verify-receipt.mjs` checks it offline, years later. Whom a contact check was about we do not keep: name the same email or mobile again (or its SHA-256), and the receipt shows its SHA-256. About 2 s after the answer it is there; until then 202 with `Retry-After`. With `Accept: application/pdf`, or `.pdf` at the end of the path, it is a page that people read, with the JSON attached.',
      answers: { 200: receiptContent, 202: pendingReceipt },
      refusals: { 404: 'The company has no such receipt, or it is about somebody else.' },
    },
    params: z.object({ receipt_id: id }),
    query: z.object({ email, mobile, email_sha256: sha256, mobile_sha256: sha256 }),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ params, query, principal, request }) =>
      receiptAnswer(
        ctx,
        request,
        await checkReceipt({
          ctx,
          companyId: principal.company._id,
          receiptId: withoutEnding(params.receipt_id),
          contact: readContact({ ctx, given: query }),
        }),
      ),
  });
}
