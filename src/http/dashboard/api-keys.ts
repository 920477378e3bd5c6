import { z } from 'zod';
import { createApiKey } from '../../core/credentials/create-api-key';
import { listApiKeys } from '../../core/credentials/list-api-keys';
import { revokeApiKey } from '../../core/credentials/revoke-api-key';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { field, type Redirect } from '../pages/page-router';
import { operationIdOf } from '../pages/shown-once';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { hideRevoked, integrationsPage, makeAndShow, PATH as BACK } from './integrations-page';

const PATH = '/settings/integrations/api-keys';
const labelSchema = z.string().trim().max(200);

/** Key pairs of the Attestr and Baanx dialects, a part of the integrations page. */
export function mountApiKeys({ ctx, get, post }: DashboardRoutes): void {
  post(PATH, (call) => make(ctx, call), { fresh: true });
  get(`${PATH}/:client_key/revoke`, (call) => askToRevoke(ctx, call), { adminsOnly: true });
  post(`${PATH}/:client_key/revoke`, async (call) => {
    const { by, request } = call;
    const { company_id: companyId } = by.company;
    const clientKey = String(request.params.client_key);
    try {
      await revokeApiKey({ ctx, companyId, clientKey, caller: by.caller });
    } catch (error) {
      // Somebody else has just done what was wanted.
      if (!(error instanceof AppError) || error.code !== 'api_key_not_found') throw error;
    }
    hideRevoked(ctx, call, [clientKey]);
    return { redirect: `${BACK}?revoked=key` };
  });
}

async function make(ctx: Context, call: DashboardCall): Promise<DashboardPage | Redirect> {
  const { by, request, t } = call;
  const keyLabel = field(request, 'keyLabel');
  const label = labelSchema.safeParse(keyLabel);
  if (!label.success) {
    const errors = { keyLabel: t.dashboard.errors.label };
    return integrationsPage(ctx, call, { status: 400, typed: { keyLabel }, errors });
  }
  return makeAndShow(ctx, call, async () => {
    const { company_id: companyId } = by.company;
    const input = { label: label.data || null };
    const operationId = operationIdOf(request);
    const made = await createApiKey({ ctx, companyId, caller: by.caller, input, operationId });
    const { client_key: clientKey, secret_key: secretKey } = made;
    return { kind: 'keyPair', values: { clientKey, secretKey } };
  });
}

async function askToRevoke(
  ctx: Context,
  { by, t, request }: DashboardCall,
): Promise<DashboardPage> {
  const words = t.dashboard.apiKeys;
  const clientKey = String(request.params.client_key);
  const keys = await listApiKeys({ ctx, companyId: by.company.company_id });
  const isThere = keys.some(({ client_key }) => client_key === clientKey);
  if (!isThere) throw new AppError('api_key_not_found');
  return {
    section: 'settings',
    template: 'dashboard/confirm',
    title: words.revokeTitle,
    data: {
      heading: t.dashboard.integrations.title,
      question: words.revokeTitle,
      note: words.revokeNote(clientKey),
      button: t.dashboard.confirm,
      action: `/dashboard${PATH}/${encodeURIComponent(clientKey)}/revoke`,
      back: BACK,
    },
  };
}
