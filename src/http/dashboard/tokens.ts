import { z } from 'zod';
import { createToken } from '../../core/credentials/create-token';
import { listTokens } from '../../core/credentials/list-tokens';
import { revokeToken } from '../../core/credentials/revoke-token';
import { SCOPES } from '../../core/credentials/scopes';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { lastDay } from '../fields';
import { field, fields, type Redirect } from '../pages/page-router';
import { operationIdOf } from '../pages/shown-once';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { hideRevoked, integrationsPage, makeAndShow, PATH } from './integrations-page';
import { wrongFields } from './wrong-fields';

const newToken = (ctx: Context) =>
  z.object({
    label: z.string().trim().min(1).max(200),
    scopes: z.array(z.enum(SCOPES)).min(1),
    expires: lastDay(ctx),
  });

/** Bearer tokens, a part of the integrations page. */
export function mountTokens({ ctx, get, post }: DashboardRoutes): void {
  post('/settings/integrations', (call) => make(ctx, call), { fresh: true });
  const path = '/settings/integrations/:token_id/revoke';
  get(path, (call) => askToRevoke(ctx, call), { adminsOnly: true });
  post(path, async (call) => {
    const { by, request } = call;
    const tokenId = String(request.params.token_id);
    try {
      await revokeToken({ ctx, companyId: by.company.company_id, tokenId, caller: by.caller });
    } catch (error) {
      // Somebody else has just done what was wanted.
      if (!(error instanceof AppError) || error.code !== 'token_not_found') throw error;
    }
    hideRevoked(ctx, call, [tokenId]);
    return { redirect: `${PATH}?revoked=token` };
  });
}

async function make(ctx: Context, call: DashboardCall): Promise<DashboardPage | Redirect> {
  const { by, request, t } = call;
  const typed = {
    label: field(request, 'label'),
    scopes: fields(request, 'scopes'),
    expires: field(request, 'expires'),
  };
  const input = newToken(ctx).safeParse(typed);
  if (!input.success) {
    const { label, scopes, expires } = t.dashboard.errors;
    const errors = wrongFields(input.error, { label, scopes, expires });
    return integrationsPage(ctx, call, { status: 400, typed, errors });
  }
  const { label, scopes, expires: expires_at } = input.data;
  return makeAndShow(ctx, call, async () => {
    const { token, token_id: tokenId } = await createToken({
      ctx,
      companyId: by.company.company_id,
      caller: by.caller,
      input: { label, scopes, expires_at },
      operationId: operationIdOf(request),
    });
    return { kind: 'token', values: { label, token, tokenId } };
  });
}

async function askToRevoke(
  ctx: Context,
  { by, t, request }: DashboardCall,
): Promise<DashboardPage> {
  const tokens = await listTokens({ ctx, companyId: by.company.company_id });
  const token = tokens.find(({ token_id }) => token_id === request.params.token_id);
  if (!token) throw new AppError('token_not_found');
  const words = t.dashboard.integrations;
  const question = words.revokeTitle(token.label);
  return {
    section: 'settings',
    template: 'dashboard/confirm',
    title: question,
    data: {
      heading: words.title,
      question,
      note: words.revokeNote,
      button: t.dashboard.confirm,
      action: `${PATH}/${encodeURIComponent(token.token_id)}/revoke`,
      back: PATH,
    },
  };
}
