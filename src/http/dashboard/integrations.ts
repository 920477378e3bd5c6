import { z } from 'zod';
import { createToken } from '../../core/credentials/create-token';
import { listApiKeys } from '../../core/credentials/list-api-keys';
import { listTokens } from '../../core/credentials/list-tokens';
import { revokeToken } from '../../core/credentials/revoke-token';
import { SCOPES } from '../../core/credentials/scopes';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import { lastDay } from '../fields';
import { field, fields } from '../pages/page-router';
import { mountApiKeys } from './api-keys';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { wrongFields } from './wrong-fields';

const PATH = '/dashboard/settings/integrations';

const newToken = (ctx: Context) =>
  z.object({
    label: z.string().trim().min(1).max(200),
    scopes: z.array(z.enum(SCOPES)).min(1),
    expires: lastDay(ctx),
  });

/** What the page shows besides the lists: what was typed, what is wrong, what was just made. */
export interface IntegrationsForms {
  status?: number;
  typed?: { label?: string; scopes?: string[]; expires?: string; keyLabel?: string };
  errors?: Record<string, string>;
  token?: string;
  keyPair?: { client_key: string; secret_key: string };
}

/** Bearer tokens and key pairs: created, shown once, revoked. */
export function mountIntegrations(routes: DashboardRoutes): void {
  routes.get('/settings/integrations', (call) => page(routes, call));
  routes.post('/settings/integrations', (call) => makeToken(routes, call));
  mountApiKeys(routes, (call, more) => page(routes, call, more));
  mountRevoke(routes);
}

function mountRevoke({ ctx, get, post }: DashboardRoutes): void {
  const path = '/settings/integrations/:token_id/revoke';
  get(path, (call) => askToRevoke(ctx, call), { adminsOnly: true });
  post(path, async ({ by, request }) => {
    const tokenId = String(request.params.token_id);
    try {
      await revokeToken({ ctx, companyId: by.company.company_id, tokenId, caller: by.caller });
    } catch (error) {
      // Somebody else has just done what was wanted.
      if (!(error instanceof AppError) || error.code !== 'token_not_found') throw error;
    }
    return { redirect: `${PATH}?revoked=token` };
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

async function makeToken(routes: DashboardRoutes, call: DashboardCall): Promise<DashboardPage> {
  const { by, request, t } = call;
  const typed = {
    label: field(request, 'label'),
    scopes: fields(request, 'scopes'),
    expires: field(request, 'expires'),
  };
  const input = newToken(routes.ctx).safeParse(typed);
  if (!input.success) {
    const { label, scopes, expires } = t.dashboard.errors;
    const errors = wrongFields(input.error, { label, scopes, expires });
    return page(routes, call, { status: 400, typed, errors });
  }
  const { label, scopes, expires: expires_at } = input.data;
  const made = await createToken({
    ctx: routes.ctx,
    companyId: by.company.company_id,
    caller: by.caller,
    input: { label, scopes, expires_at },
  });
  // No redirect: the token is in this answer only.
  return page(routes, call, { token: made.token });
}

async function page(
  { ctx }: DashboardRoutes,
  { by, t, request }: DashboardCall,
  more: IntegrationsForms = {},
): Promise<DashboardPage> {
  const { status = 200, typed = {}, errors = {}, token, keyPair } = more;
  const { company_id: companyId } = by.company;
  const [tokens, apiKeys] = await Promise.all([
    listTokens({ ctx, companyId }),
    listApiKeys({ ctx, companyId }),
  ]);
  return {
    section: 'settings',
    template: 'dashboard/integrations',
    status,
    title: t.dashboard.integrations.title,
    data: {
      typed: { scopes: [...SCOPES], ...typed },
      errors,
      token,
      keyPair,
      allScopes: SCOPES,
      tab: 'integrations',
      revoked: request.method === 'GET' ? request.query.revoked : undefined,
      tokens,
      apiKeys,
    },
  };
}
