import {
  type IntegrationKey,
  integrationKey,
  INTEGRATIONS,
  tokensOfIntegration,
} from '../../core/credentials/integrations';
import { listApiKeys } from '../../core/credentials/list-api-keys';
import { listTokens, type TokenView } from '../../core/credentials/list-tokens';
import { SCOPES } from '../../core/credentials/scopes';
import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Redirect } from '../pages/page-router';
import {
  forgetShown,
  showOnce,
  shownOnce,
  type ShownOnceItem,
  type ShownOncePage,
} from '../pages/shown-once';
import type { DashboardCall, DashboardPage } from './dashboard-route';

/** Enough for everything there is. */
const isAll = ({ scopes }: TokenView): boolean => SCOPES.every((scope) => scopes.includes(scope));

export const PATH = '/dashboard/settings/integrations';

/** What the page shows besides the lists: what was typed, and what is wrong with it. */
export interface IntegrationsForms {
  status?: number;
  typed?: { label?: string; scopes?: string[]; expires?: string; keyLabel?: string };
  errors?: Record<string, string>;
}

/**
 * Makes something and goes back to the page, which shows it.
 * @param make null: there is nothing to show
 */
export async function makeAndShow(
  ctx: Context,
  call: DashboardCall,
  make: () => Promise<ShownOnceItem | null>,
): Promise<Redirect> {
  try {
    const made = await make();
    if (made) showOnce(ctx, call, shownTo(call), made);
  } catch (error) {
    // The same form, sent again after it has been shown for long enough.
    if (!(error instanceof AppError) || error.code !== 'already_exists') throw error;
  }
  return { redirect: PATH };
}

/** Shows what was made no longer once it is revoked. */
export function hideRevoked(ctx: Context, call: DashboardCall, ids: readonly string[]): void {
  forgetShown(ctx, call, shownTo(call), ids);
}

function shownTo({ by }: DashboardCall): ShownOncePage {
  return { path: PATH, owner: by.formToken };
}

/** Integrations, tokens and key pairs, and the forms that make them. */
export async function integrationsPage(
  ctx: Context,
  call: DashboardCall,
  { status = 200, typed = {}, errors = {} }: IntegrationsForms = {},
): Promise<DashboardPage> {
  const { by, t, request } = call;
  const { company_id: companyId } = by.company;
  const [tokens, apiKeys] = await Promise.all([
    listTokens({ ctx, companyId }),
    listApiKeys({ ctx, companyId }),
  ]);
  const words = t.dashboard.integrations;
  const asked = request.method === 'GET' ? request.query : {};
  const disabled = typeof asked.disabled === 'string' ? integrationKey(asked.disabled) : null;
  const made = shownOnce(ctx, request, shownTo(call)).map((one) => describe(one, t.dashboard));
  return {
    section: 'settings',
    template: 'dashboard/integrations',
    status,
    title: words.title,
    data: {
      typed: { scopes: [...SCOPES], ...typed },
      errors,
      made: { items: made, action: `${PATH}/copied` },
      services: servicesOf(ctx, tokens),
      allScopes: SCOPES,
      isAll,
      tab: 'integrations',
      disabled: disabled && INTEGRATIONS[disabled].name,
      revoked: asked.revoked,
      tokens,
      apiKeys,
    },
  };
}

function servicesOf(ctx: Context, tokens: TokenView[]) {
  return Object.entries(INTEGRATIONS).map(([name, integration]) => {
    const key = name as IntegrationKey;
    const enabled = tokensOfIntegration(tokens, key, ctx.now());
    return { key, ...integration, token: enabled.at(-1) };
  });
}

function describe(
  { kind, values }: ShownOnceItem,
  { integrations, apiKeys }: DashboardCall['t']['dashboard'],
) {
  const { label = '', token = '', clientKey = '', secretKey = '' } = values;
  if (kind === 'token') {
    const secret = { id: 'token', label: integrations.token, value: token };
    return { text: integrations.made(label), secrets: [secret] };
  }
  const secrets = [
    { id: 'client-key', label: apiKeys.clientKey, value: clientKey },
    { id: 'secret-key', label: apiKeys.secretKey, value: secretKey },
  ];
  return { text: apiKeys.made, secrets };
}
