import { z } from 'zod';
import { createToken } from '../../core/credentials/create-token';
import { listTokens } from '../../core/credentials/list-tokens';
import { revokeToken } from '../../core/credentials/revoke-token';
import { SCOPES } from '../../core/credentials/scopes';
import type { Context } from '../../context';
import { wrongFields } from '../dashboard/wrong-fields';
import { lastDay } from '../fields';
import { operatorCaller } from '../operator/require-operator';
import { field, fields, type PageCall, type Redirect } from '../pages/page-router';
import { operationIdOf } from '../pages/shown-once';
import { credentialsPage, makeAndShow } from './credentials-page';
import { type OperatorPage, type OperatorRoutes, parameter } from './operator-page';
import { mountRevoking } from './revoke-credential';

const newToken = (ctx: Context) =>
  z.object({
    token_label: z.string().trim().min(1).max(200),
    scopes: z.array(z.enum(SCOPES)).min(1),
    token_expires: lastDay(ctx),
  });

/** Creating tokens of a company, and revoking one once that is confirmed. */
export function mountTokens(routes: OperatorRoutes): void {
  const { ctx, post } = routes;
  post('/companies/:company_id/tokens', (call) => create(ctx, call), { fresh: true });
  mountRevoking(routes, {
    folder: 'tokens',
    tab: 'credentials',
    words: 'tokens',
    notices: { gone: 'tokenGone', revoked: 'tokenRevoked' },
    notFound: 'token_not_found',
    nameOf: async (companyId, id) =>
      (await listTokens({ ctx, companyId })).find(({ token_id }) => token_id === id)?.label,
    revoke: (companyId, tokenId, caller) => revokeToken({ ctx, companyId, tokenId, caller }),
  });
}

async function create(ctx: Context, call: PageCall): Promise<OperatorPage | Redirect> {
  const { request, t } = call;
  const typed = {
    token_label: field(request, 'token_label'),
    scopes: fields(request, 'scopes'),
    token_expires: field(request, 'token_expires'),
  };
  const input = newToken(ctx).safeParse(typed);
  if (!input.success) {
    const { tokens, apiKeys } = t.operator;
    const errors = wrongFields(input.error, {
      token_label: tokens.wrongLabel,
      scopes: tokens.wrongScopes,
      token_expires: apiKeys.wrongExpiry,
    });
    return credentialsPage(ctx, call, { typed, errors });
  }
  const { token_label: label, scopes, token_expires: expires_at } = input.data;
  return makeAndShow(ctx, call, async () => {
    const { token } = await createToken({
      ctx,
      companyId: parameter(call, 'company_id'),
      caller: operatorCaller(request),
      input: { label, scopes, expires_at },
      operationId: operationIdOf(request),
    });
    return { kind: 'token', values: { label, token } };
  });
}
