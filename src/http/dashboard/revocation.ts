import { nameActors } from '../../core/audit/name-actors';
import { CHANNELS } from '../../core/certificates/certificate-view';
import { normalizeId } from '../../core/identifiers/id';
import type { Receipt } from '../../core/proof/receipt';
import { revocationReceipt } from '../../core/proof/revocation-receipt';
import { getRevocation, type RevocationView } from '../../core/revocations/get-revocation';
import { AppError } from '../../errors';
import { type Answer, sendAnswer } from '../answer';
import { actors } from '../pages/texts/en-audit';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';

const PATH = '/dashboard/revocations/reference';
const SHOWN = 50;

/** One request to revoke, found by its reference number or id. */
export function mountRevocation(routes: DashboardRoutes): void {
  const path = '/revocations/reference/:reference';
  routes.get(path, (call) => revocationPage(routes, call));
  routes.download(`${path}/receipt.json`, async ({ by, request, response }) => {
    const companyId = by.company.company_id;
    const reference = normalizeId(String(request.params.reference));
    const receipt = await revocationReceipt({ ctx: routes.ctx, companyId, reference });
    if (receipt) await sendAnswer(response, savedReceipt(receipt));
    else response.redirect(303, `${PATH}/${encodeURIComponent(reference)}?receipt=pending`);
  });
}

function savedReceipt(receipt: Receipt): Answer {
  const headers = { 'Content-Disposition': 'attachment; filename="receipt.json"' };
  return { status: 200, headers, body: receipt };
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
  const names = await nameActors({ ctx, companyId, words: actors, actors: [found.actor] });
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
      certificates: found.certificates.slice(0, SHOWN),
      consents: found.consents.slice(0, SHOWN),
    },
  };
}

function badgeOf({ state }: RevocationView): string {
  if (state === 'nothing_revoked') return '';
  return state === 'revoking' ? 'warn' : 'ok';
}
