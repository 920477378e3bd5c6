import type { Context } from '../../context';
import type { WebhookEndpoint } from '../../store/webhook-endpoints';

/** Endpoints of a company, oldest first; at most 50. */
export function listEndpoints({
  ctx,
  companyId,
}: {
  ctx: Context;
  companyId: string;
}): Promise<WebhookEndpoint[]> {
  return ctx.store.webhookEndpoints.list(companyId);
}
