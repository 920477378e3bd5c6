import {
  disableIntegration,
  enableIntegration,
  type IntegrationKey,
  integrationKey,
  INTEGRATIONS,
  tokensOfIntegration,
} from '../../core/credentials/integrations';
import { listTokens } from '../../core/credentials/list-tokens';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Redirect } from '../pages/page-router';
import { operationIdOf, putAway } from '../pages/shown-once';
import { mountApiKeys } from './api-keys';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';
import { hideRevoked, integrationsPage, makeAndShow, PATH } from './integrations-page';
import { mountTokens } from './tokens';

/** Integrations, Bearer tokens and key pairs: made, shown once, revoked. */
export function mountIntegrations(routes: DashboardRoutes): void {
  const { ctx, get, post } = routes;
  const adminsOnly = { adminsOnly: true };
  get('/settings/integrations', (call) => integrationsPage(ctx, call));
  post('/settings/integrations/:name/enable', (call) => enable(ctx, call), { fresh: true });
  get('/settings/integrations/:name/disable', (call) => askToDisable(ctx, call), adminsOnly);
  post('/settings/integrations/:name/disable', (call) => disable(ctx, call));
  post(
    '/settings/integrations/copied',
    (call) => {
      putAway(ctx, call, PATH);
      return { redirect: PATH };
    },
    { viewersToo: true },
  );
  mountTokens(routes);
  mountApiKeys(routes);
}

function keyOf({ request }: DashboardCall): IntegrationKey {
  const key = integrationKey(String(request.params.name));
  if (!key) throw new AppError('not_found');
  return key;
}

function enable(ctx: Context, call: DashboardCall): Promise<Redirect> {
  const { by, request } = call;
  const key = keyOf(call);
  return makeAndShow(ctx, call, async () => {
    const { company_id: companyId } = by.company;
    const operationId = operationIdOf(request);
    const made = await enableIntegration({ ctx, companyId, caller: by.caller, key, operationId });
    if (!made) return null;
    return {
      kind: 'token',
      values: { label: made.label, token: made.token, tokenId: made.token_id },
    };
  });
}

async function askToDisable(ctx: Context, call: DashboardCall): Promise<DashboardPage | Redirect> {
  const { by, t } = call;
  const key = keyOf(call);
  const tokens = await listTokens({ ctx, companyId: by.company.company_id });
  const { length: count } = tokensOfIntegration(tokens, key, ctx.now());
  if (count === 0) return { redirect: PATH };
  const { name } = INTEGRATIONS[key];
  const words = t.dashboard.integrations;
  const question = words.disableTitle(name);
  return {
    section: 'settings',
    template: 'dashboard/confirm',
    title: question,
    data: {
      heading: words.title,
      question,
      note: words.disableNote(name, count),
      button: words.disable,
      action: `${PATH}/${key}/disable`,
      back: PATH,
    },
  };
}

async function disable(ctx: Context, call: DashboardCall): Promise<Redirect> {
  const { company, caller } = call.by;
  const key = keyOf(call);
  const { company_id: companyId } = company;
  const tokens = tokensOfIntegration(await listTokens({ ctx, companyId }), key, ctx.now());
  await disableIntegration({ ctx, companyId, caller, key });
  hideRevoked(
    ctx,
    call,
    tokens.map(({ token_id }) => token_id),
  );
  return { redirect: `${PATH}?disabled=${key}` };
}
