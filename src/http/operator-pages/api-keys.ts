import { z } from 'zod';
import { createApiKey } from '../../core/credentials/create-api-key';
import { listApiKeys } from '../../core/credentials/list-api-keys';
import { revokeApiKey } from '../../core/credentials/revoke-api-key';
import type { Context } from '../../context';
import { wrongFields } from '../dashboard/wrong-fields';
import { lastDay } from '../fields';
import { operatorCaller } from '../operator/require-operator';
import { field, type PageCall, type Redirect } from '../pages/page-router';
import { operationIdOf } from '../pages/shown-once';
import { credentialsPage, makeAndShow } from './credentials-page';
import { type OperatorPage, type OperatorRoutes, parameter } from './operator-page';
import { mountRevoking } from './revoke-credential';

const newApiKey = (ctx: Context) =>
  z.object({ key_label: z.string().trim().max(200), key_expires: lastDay(ctx) });

/** Creating key pairs of a company, and revoking one once that is confirmed. */
export function mountApiKeys(routes: OperatorRoutes): void {
  const { ctx, post } = routes;
  post('/companies/:company_id/api-keys', (call) => create(ctx, call), { fresh: true });
  mountRevoking(routes, {
    folder: 'api-keys',
    tab: 'credentials',
    words: 'apiKeys',
    notices: { gone: 'keyPairGone', revoked: 'keyPairRevoked' },
    notFound: 'api_key_not_found',
    nameOf: async (companyId, id) =>
      (await listApiKeys({ ctx, companyId })).find(({ client_key }) => client_key === id)
        ?.client_key,
    revoke: (companyId, clientKey, caller) => revokeApiKey({ ctx, companyId, clientKey, caller }),
  });
}

async function create(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const { request, t } = call;
  const names = ['key_label', 'key_expires'] as const;
  const typed = Object.fromEntries(names.map((name) => [name, field(request, name)]));
  const input = newApiKey(ctx).safeParse(typed);
  if (!input.success) {
    const { wrongLabel: key_label, wrongExpiry: key_expires } = t.operator.apiKeys;
    const errors = wrongFields(input.error, { key_label, key_expires });
    return credentialsPage(ctx, call, { typed, errors });
  }
  const { key_label, key_expires: expires_at } = input.data;
  return makeAndShow(ctx, call, async () => {
    const { client_key: clientKey, secret_key: secretKey } = await createApiKey({
      ctx,
      companyId: parameter(call, 'company_id'),
      caller: operatorCaller(request),
      input: { label: key_label || null, expires_at },
      operationId: operationIdOf(request),
    });
    return { kind: 'keyPair', values: { clientKey, secretKey } };
  });
}
