import { z } from 'zod';
import { tokenLimits } from '../../core/companies/settings';
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
    token_per_second: callsAtMost(tokenLimits.shape.per_second),
    token_per_day: callsAtMost(tokenLimits.shape.per_day),
  });

/** A number of calls as it is typed; an empty field is no limit. */
function callsAtMost(schema: typeof tokenLimits.shape.per_day) {
  return z
    .string()
    .trim()
    .transform((text) => (text === '' ? undefined : /^\d+$/.test(text) ? Number(text) : NaN))
    .pipe(schema);
}

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
    token_per_second: field(request, 'token_per_second'),
    token_per_day: field(request, 'token_per_day'),
  };
  const input = newToken(ctx).safeParse(typed);
  if (!input.success) {
    const { tokens, apiKeys } = t.operator;
    const errors = wrongFields(input.error, {
      token_label: tokens.wrongLabel,
      scopes: tokens.wrongScopes,
      token_expires: apiKeys.wrongExpiry,
      token_per_second: tokens.wrongLimit,
      token_per_day: tokens.wrongLimit,
    });
    return credentialsPage(ctx, call, { typed, errors });
  }
  const { token_label: label, scopes, token_expires: expires_at } = input.data;
  const { token_per_second: per_second, token_per_day: per_day } = input.data;
  const limits = {
    ...(per_second !== undefined && { per_second }),
    ...(per_day !== undefined && { per_day }),
  };
  return makeAndShow(ctx, call, async () => {
    const { token } = await createToken({
      ctx,
      companyId: parameter(call, 'company_id'),
      caller: operatorCaller(request),
      input: { label, scopes, expires_at, ...(Object.keys(limits).length > 0 && { limits }) },
      operationId: operationIdOf(request),
    });
    return { kind: 'token', values: { label, token } };
  });
}
