import type { Context } from '../../context';
import type { Receipt } from '../../core/proof/receipt';
import { requestReceipt } from '../../core/proof/request-receipt';
import { type Answer, jsonFile, pdfFile } from '../answer';
import { baseUrl } from '../base-url';
import type { File, Page, PageCall } from '../pages/page-router';
import { receiptPdf } from '../receipts/receipt-pdf';
import { gonePage } from './done';
import { type Done, openDone } from './done-link';
import type { Portal } from './portal';

/** A receipt is in the log within 2 s. */
const RETRY_AFTER_SECONDS = 2;

/** `GET /opt-out/done/:token/receipt.json` and `.pdf`: the receipt, or a page that asks again by itself. */
export async function sendReceipt(
  { ctx, limits }: Portal,
  call: PageCall,
  type: 'json' | 'pdf',
): Promise<Page | File> {
  await limits.countOpening(call.request);
  const done = openDone(ctx, call.request);
  if (!done?.key) return gonePage(call);
  const receipt = await receiptOf(ctx, done);
  if (!receipt) return type === 'json' ? { file: pendingAnswer() } : pendingPage(call);
  return {
    file: type === 'json' ? jsonFile(RECEIPT_NAMES.json, receipt) : await asPdf(ctx, call, receipt),
  };
}

/** What receipts are saved as. */
export const RECEIPT_NAMES = { json: 'receipt.json', pdf: 'receipt.pdf' } as const;

/** The receipt of what a link says was done; null while there is none. */
export async function receiptOf(ctx: Context, { reference, key }: Done): Promise<Receipt | null> {
  return key && requestReceipt({ ctx, key: { reference, ...key } });
}

async function asPdf(ctx: Context, call: PageCall, receipt: Receipt): Promise<Answer> {
  return pdfFile(RECEIPT_NAMES.pdf, (await receiptBytes(ctx, call, receipt)).pdf);
}

/** A receipt as files. */
export async function receiptBytes(
  ctx: Context,
  { tag, t, request }: PageCall,
  receipt: Receipt,
): Promise<Record<keyof typeof RECEIPT_NAMES, Buffer>> {
  const url = baseUrl(request, ctx.config.publicUrl);
  return {
    pdf: await receiptPdf({ ctx, receipt, tag, t, baseUrl: url }),
    json: Buffer.from(JSON.stringify(receipt)),
  };
}

function pendingAnswer(): Answer {
  return { status: 202, headers: soon(), body: { state: 'pending' } };
}

function pendingPage(call: PageCall): Page {
  const { receipt: words } = call.t.portal.done;
  return {
    status: 202,
    template: 'portal/receipt-pending',
    title: words.pendingHeading,
    data: { path: call.request.originalUrl, back: pathOfDone(call) },
    headers: { ...soon(), Refresh: String(RETRY_AFTER_SECONDS) },
  };
}

/** The last page. */
export function pathOfDone({ request, link }: PageCall): string {
  return link(`/opt-out/done/${String(request.params.token)}`);
}

function soon(): { 'Retry-After': string } {
  return { 'Retry-After': String(RETRY_AFTER_SECONDS) };
}
