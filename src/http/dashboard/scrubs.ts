import { resultCsv } from '../../core/batches/scrub/result-csv';
import { scrubView } from '../../core/batches/scrub/scrub-view';
import { lookAt } from '../../core/batches/watch-batch';
import { CHANNELS } from '../../core/certificates/certificate-view';
import { normalizeId } from '../../core/identifiers/id';
import { getWallet } from '../../core/wallet/get-wallet';
import { csvFile, sendAnswer } from '../answer';
import { id } from '../fields';
import { field, type Redirect } from '../pages/page-router';
import { operationIdOf } from '../pages/shown-once';
import { mountBatchChanges } from './batch-changes';
import { contactsPage } from './contacts-page';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { formatUsd } from './format';
import { receiveList } from './receive-list';
import { pathOf, scrubPage, SCRUBS } from './scrub-pages';

/** Files of contacts: uploaded, priced, started, followed, and fetched with the answers. */
export function mountScrubs(routes: DashboardRoutes): void {
  const { ctx } = routes;
  routes.get(SCRUBS, () => ({ redirect: '/dashboard/contacts' }));
  routes.post(SCRUBS, (call) => upload(routes, call), { takesBody: true });
  routes.get(`${SCRUBS}/:batch_id`, (call) => scrubPage(routes, call));
  mountBatchChanges(routes, {
    kind: 'scrubs',
    path: SCRUBS,
    page: (call, note, status) => scrubPage(routes, call, note, status),
    refusal: async (call, error) =>
      error.code === 'insufficient_balance' ? tooLittle(routes, call) : undefined,
  });
  routes.download(`${SCRUBS}/:batch_id/result.csv`, async ({ by, request, response }) => {
    const batchId = normalizeId(String(request.params.batch_id));
    const { bytes, read } = await resultCsv({ ctx, companyId: by.company.company_id, batchId });
    await sendAnswer(response, csvFile({ name: 'result.csv', bytes, stream: read }));
  });
}

/** Takes a file to be read and priced; nothing is charged yet. */
function upload(routes: DashboardRoutes, call: DashboardCall): Promise<DashboardPage | Redirect> {
  const { request, t } = call;
  return receiveList(routes, call, {
    kind: 'scrubs',
    accept: async (stored, accept) => {
      const channel = CHANNELS.find((one) => one === field(request, 'file_channel'));
      const typed = field(request, 'file_consent_type').trim();
      if (typed !== '' && !id.safeParse(typed).success) {
        const { consentType } = t.dashboard.contacts.errors;
        return contactsPage(routes, call, {
          status: 400,
          errors: { file_consent_type: consentType },
        });
      }
      const consentType = typed === '' ? undefined : typed;
      const asked = { channel, consentType };
      const operationId = operationIdOf(request);
      const { _id } = await accept({ stored, dryRun: true, asked, operationId });
      return { redirect: pathOf(_id) };
    },
    refused: ({ status, error }) => contactsPage(routes, call, { status, errors: { file: error } }),
  });
}

async function tooLittle({ ctx }: DashboardRoutes, { by, t, request }: DashboardCall) {
  const companyId = by.company.company_id;
  const batchId = normalizeId(String(request.params.batch_id));
  const [{ view }, { available_microusd: available }] = await Promise.all([
    lookAt({ ctx, companyId, batchId, kind: 'scrubs' }, scrubView),
    getWallet({ ctx, companyId }),
  ]);
  const price = formatUsd(view.price_microusd ?? 0);
  return t.dashboard.scrubs.tooLittle(price, formatUsd(available));
}
