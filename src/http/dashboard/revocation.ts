import { nameActors } from '../../core/audit/name-actors';
import { CHANNELS } from '../../core/certificates/certificate-view';
import { normalizeId } from '../../core/identifiers/id';
import type { Receipt } from '../../core/proof/receipt';
import { revocationReceipt } from '../../core/proof/revocation-receipt';
import { getRevocation, type RevocationView } from '../../core/revocations/get-revocation';
import { listAcknowledgements } from '../../core/webhooks/list-acknowledgements';
import { AppError } from '../../errors';
import { type Answer, jsonFile, pdfFile, sendAnswer } from '../answer';
import { baseUrl } from '../base-url';
import { languageOf } from '../pages/language';
import { actors } from '../pages/texts/en-audit';
import { receiptPdf } from '../receipts/receipt-pdf';
import type {
  DashboardCall,
  DashboardDownload,
  DashboardPage,
  DashboardRoutes,
} from './dashboard-route';

const PATH = '/dashboard/revocations/reference';
const SHOWN = 50;

/** One request to revoke, found by its reference number or id. */
export function mountRevocation(routes: DashboardRoutes): void {
  const path = '/revocations/reference/:reference';
  routes.get(path, (call) => revocationPage(routes, call));
  routes.download(`${path}/receipt.json`, (call) =>
    sendReceipt(routes, call, (receipt) => jsonFile('receipt.json', receipt)),
  );
  routes.download(`${path}/receipt.pdf`, (call) =>
    sendReceipt(routes, call, (receipt) => receiptAsPdf(routes, call, receipt)),
  );
}

/** Sends a receipt as a file; while there is none, back to the page, which says so. */
async function sendReceipt(
  { ctx }: DashboardRoutes,
  { by, request, response }: DashboardDownload,
  fileOf: (receipt: Receipt) => Answer | Promise<Answer>,
): Promise<void> {
  const companyId = by.company.company_id;
  const reference = normalizeId(String(request.params.reference));
  const { certificate_id: certificate } = request.query;
  const certificateId = typeof certificate === 'string' ? normalizeId(certificate) : undefined;
  const receipt = await revocationReceipt({ ctx, companyId, reference, certificateId });
  if (receipt) await sendAnswer(response, await fileOf(receipt));
  else response.redirect(303, `${PATH}/${encodeURIComponent(reference)}?receipt=pending`);
}

async function receiptAsPdf(
  { ctx }: DashboardRoutes,
  { request }: DashboardDownload,
  receipt: Receipt,
): Promise<Answer> {
  const language = languageOf(request, 'dashboard');
  const url = baseUrl(request, ctx.config.publicUrl);
  return pdfFile('receipt.pdf', await receiptPdf({ ctx, receipt, ...language, baseUrl: url }));
}

/** Where the request is shown that has this reference number or id; null: there is none. */
export async function pathOfRevocation(
  { ctx }: DashboardRoutes,
  { by }: DashboardCall,
  reference: string,
): Promise<string | null> {
  try {
    const companyId = by.company.company_id;
    const found = await getRevocation({ ctx, companyId, reference });
    return `${PATH}/${encodeURIComponent(found.reference)}`;
  } catch (error) {
    if (error instanceof AppError && error.code === 'revocation_not_found') return null;
    throw error;
  }
}

async function revocationPage(
  { ctx }: DashboardRoutes,
  { by, t, request }: DashboardCall,
): Promise<DashboardPage> {
  const companyId = by.company.company_id;
  const reference = normalizeId(String(request.params.reference));
  const found = await getRevocation({ ctx, companyId, reference });
  const [names, told] = await Promise.all([
    nameActors({ ctx, companyId, words: actors, actors: [found.actor] }),
    listAcknowledgements({ ctx, companyId, reference }),
  ]);
  return {
    section: 'revocations',
    template: 'dashboard/revocation',
    title: t.dashboard.revocation.title,
    data: {
      one: found,
      CHANNELS,
      badge: badgeOf(found),
      isReceiptPending: request.query.receipt === 'pending',
      names,
      told: told.slice(0, SHOWN),
      toldCount: told.length,
      certificates: found.certificates.slice(0, SHOWN),
      consents: found.consents.slice(0, SHOWN),
    },
  };
}

function badgeOf({ state }: RevocationView): string {
  if (state === 'nothing_revoked') return '';
  return state === 'revoking' ? 'warn' : 'ok';
}
