import { z } from 'zod';
import { getCompany } from '../../core/companies/get-company';
import { createApiKey } from '../../core/credentials/create-api-key';
import { listApiKeys } from '../../core/credentials/list-api-keys';
import { revokeApiKey } from '../../core/credentials/revoke-api-key';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { wrongFields } from '../dashboard/wrong-fields';
import { lastDay } from '../fields';
import { operatorCaller } from '../operator/require-operator';
import { field, type PageCall } from '../pages/page-router';
import { companyPage, companyPath } from './company';
import { backTo, type OperatorPage, type OperatorRoutes, parameter } from './operator-page';

const newApiKey = z.object({ key_label: z.string().trim().max(200), key_expires: lastDay });

/** Creating key pairs of a company, and revoking one once that is confirmed. */
export function mountApiKeys({ ctx, get, post }: OperatorRoutes): void {
  const path = '/companies/:company_id/api-keys';
  post(path, (call) => create(ctx, call));
  get(`${path}/:client_key/revoke`, async (call) => {
    const companyId = parameter(call, 'company_id');
    const clientKey = parameter(call, 'client_key');
    const company = await getCompany({ ctx, companyId });
    const apiKeys = await listApiKeys({ ctx, companyId });
    const back = companyPath(companyId);
    const isThere = apiKeys.some(({ client_key }) => client_key === clientKey);
    if (!isThere) return backTo(call, back, 'keyPairGone');
    const words = call.t.operator.apiKeys;
    return {
      section: 'companies',
      template: 'operator-pages/confirm',
      title: words.revokeTitle,
      data: {
        company,
        back,
        action: `${back}/api-keys/${encodeURIComponent(clientKey)}/revoke`,
        heading: words.revokeOne(clientKey),
        text: words.revokeNote,
        button: words.revoke,
        hidden: {},
      },
    };
  });
  post(`${path}/:client_key/revoke`, async (call) => {
    const companyId = parameter(call, 'company_id');
    const clientKey = parameter(call, 'client_key');
    const back = companyPath(companyId);
    try {
      await revokeApiKey({ ctx, companyId, clientKey, caller: operatorCaller(call.request) });
    } catch (error) {
      const gone = error instanceof AppError && error.code === 'api_key_not_found';
      if (gone) return backTo(call, back, 'keyPairGone');
      throw error;
    }
    return backTo(call, back, 'keyPairRevoked');
  });
}

async function create(ctx: Context, call: PageCall): Promise<OperatorPage> {
  const { request, t } = call;
  const names = ['key_label', 'key_expires'] as const;
  const typed = Object.fromEntries(names.map((name) => [name, field(request, name)]));
  const input = newApiKey.safeParse(typed);
  if (!input.success) {
    const { wrongLabel: key_label, wrongExpiry: key_expires } = t.operator.apiKeys;
    const errors = wrongFields(input.error, { key_label, key_expires });
    return companyPage(ctx, call, { typed, errors });
  }
  const { key_label, key_expires: expires_at } = input.data;
  const keyPair = await createApiKey({
    ctx,
    companyId: parameter(call, 'company_id'),
    caller: operatorCaller(request),
    input: { label: key_label || null, expires_at },
  });
  // No redirect: the secret is in this answer only.
  return companyPage(ctx, call, { keyPair });
}
