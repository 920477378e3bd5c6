import { z } from 'zod';
import { createToken } from '../../core/credentials/create-token';
import { listTokens } from '../../core/credentials/list-tokens';
import { revokeToken } from '../../core/credentials/revoke-token';
import { AppError } from '../../errors';
import { field } from '../pages/page-router';
import type { DashboardCall, DashboardPage, DashboardRoutes } from './dashboard-route';

const PATH = '/dashboard/settings/integrations';
const labelSchema = z.string().trim().min(1).max(200);

/** Bearer tokens: created, shown once, revoked. */
export function mountIntegrations(routes: DashboardRoutes): void {
  const { ctx } = routes;
  routes.get('/settings/integrations', (call) => page(routes, call));
  routes.post('/settings/integrations', async (call) => {
    const typed = field(call.request, 'label');
    const label = labelSchema.safeParse(typed);
    if (!label.success) {
      const error = call.t.dashboard.errors.label;
      return page(routes, call, { status: 400, typed, error });
    }
    const { by } = call;
    const input = { label: label.data };
    const made = await createToken({
      ctx,
      companyId: by.company.company_id,
      caller: by.caller,
      input,
    });
    // No redirect: the token is in this answer only.
    return page(routes, call, { token: made.token });
  });
  routes.post('/settings/integrations/:token_id/revoke', async ({ by, request }) => {
    const tokenId = String(request.params.token_id);
    try {
      await revokeToken({ ctx, companyId: by.company.company_id, tokenId, caller: by.caller });
    } catch (error) {
      // Somebody else has just done what was wanted.
      if (!(error instanceof AppError) || error.code !== 'token_not_found') throw error;
    }
    return { redirect: `${PATH}?revoked=1` };
  });
}

async function page(
  { ctx }: DashboardRoutes,
  { by, t, request }: DashboardCall,
  more: { status?: number; typed?: string; error?: string; token?: string } = {},
): Promise<DashboardPage> {
  const { status = 200, ...data } = more;
  return {
    section: 'settings',
    template: 'dashboard/integrations',
    status,
    title: t.dashboard.integrations.title,
    data: {
      ...data,
      tab: 'integrations',
      revoked: request.query.revoked === '1',
      tokens: await listTokens({ ctx, companyId: by.company.company_id }),
    },
  };
}
