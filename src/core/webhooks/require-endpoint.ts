import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Session } from '../../store';
import type { WebhookEndpoint } from '../../store/webhook-endpoints';

/**
 * An endpoint of a company.
 * @throws AppError webhook_endpoint_not_found
 */
export async function requireEndpoint({
  ctx,
  companyId,
  endpointId,
  session,
}: {
  ctx: Context;
  companyId: string;
  endpointId: string;
  session?: Session | undefined;
}): Promise<WebhookEndpoint> {
  const found = await ctx.store.webhookEndpoints.find(endpointId, session);
  if (found?.company_id !== companyId) throw new AppError('webhook_endpoint_not_found');
  return found;
}
