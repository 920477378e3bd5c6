import type { Context } from '../../context';
import type { WebhookEndpoint } from '../../store/webhook-endpoints';
import { endpointView, type EndpointView } from './endpoint-view';
import { requireEndpoint } from './require-endpoint';

/** How an endpoint does: `new`, it was sent nothing yet. */
export type EndpointHealth = 'new' | 'working' | 'failing' | 'disabled';

/** An endpoint with how it does. */
export interface EndpointWithHealth extends EndpointView {
  health: EndpointHealth;
  /** How many deliveries wait for it; one more than `MAX_WAITING_COUNTED`: more than that. */
  waiting: number;
  /** Events since then are being sent again. */
  replaying_since: string | null;
}

export const MAX_WAITING_COUNTED = 1_000;

/** How an endpoint does. */
export function healthOf({
  enabled,
  failing_since,
  last_success_at,
}: Pick<WebhookEndpoint, 'enabled' | 'failing_since' | 'last_success_at'>): EndpointHealth {
  if (!enabled) return 'disabled';
  if (failing_since) return 'failing';
  return last_success_at ? 'working' : 'new';
}

async function withHealth({
  ctx,
  endpoint,
}: {
  ctx: Context;
  endpoint: WebhookEndpoint;
}): Promise<EndpointWithHealth> {
  const { webhookDeliveries } = ctx.store;
  const waiting = await webhookDeliveries.countWaiting(endpoint._id, MAX_WAITING_COUNTED + 1);
  const replaying_since = endpoint.replay?.since.toISOString() ?? null;
  return { ...endpointView(endpoint), health: healthOf(endpoint), waiting, replaying_since };
}

/** Endpoints of a company with how they do, oldest first; at most 50. */
export async function listEndpointHealth({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<EndpointWithHealth[]> {
  const endpoints = await ctx.store.webhookEndpoints.list(companyId);
  return Promise.all(endpoints.map((endpoint) => withHealth({ ctx, endpoint })));
}

/**
 * An endpoint of a company with how it does.
 * @throws AppError webhook_endpoint_not_found
 */
export async function getEndpointHealth({
  ctx,
  companyId,
  endpointId,
}: {
  ctx: Context;
  companyId: string;
  endpointId: string;
}): Promise<EndpointWithHealth> {
  return withHealth({ ctx, endpoint: await requireEndpoint({ ctx, companyId, endpointId }) });
}
