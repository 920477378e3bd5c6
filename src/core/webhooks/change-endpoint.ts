import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import type { WebhookEndpoint } from '../../store/webhook-endpoints';
import { recordChange } from '../audit/record-change';
import { type EndpointFields, readEndpointFields } from './endpoint-fields';
import { untilListenedTo } from './listening';

/**
 * Changes an endpoint. One that is disabled is sent nothing, and what waits for it is given up; one
 * that is enabled again is told of whatever happens once this has returned.
 * @throws AppError webhook_endpoint_not_found; invalid_request naming `url`, `events` or `description`
 */
export async function changeEndpoint({
  ctx,
  companyId,
  caller,
  endpointId,
  fields,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  endpointId: string;
  fields: EndpointFields & { enabled?: boolean | undefined };
}): Promise<WebhookEndpoint> {
  const read = readEndpointFields({ ctx, fields });
  const { webhookEndpoints } = ctx.store;
  const { before, after } = await ctx.store.transaction(async (session) => {
    const found = await webhookEndpoints.find(endpointId, session);
    if (found?.company_id !== companyId) throw new AppError('webhook_endpoint_not_found');
    const change = { ...read, ...switched(ctx, found, fields.enabled) };
    if (Object.keys(change).length === 0) return { before: found, after: found };
    const changed = await webhookEndpoints.change(companyId, endpointId, change, session);
    if (!changed) throw new AppError('webhook_endpoint_not_found');
    const reason = `${endpointId}: ${Object.keys(change).join(', ')}`;
    const action = 'webhook.changed';
    await recordChange({ ctx, session, companyId, action, caller, reason });
    return { before: found, after: changed };
  });
  if (after.enabled && !before.enabled) await untilListenedTo();
  return after;
}

function switched(
  ctx: Context,
  before: WebhookEndpoint,
  enabled: boolean | undefined,
): Partial<WebhookEndpoint> {
  if (enabled === undefined || enabled === before.enabled) return {};
  if (!enabled) {
    return { enabled, disabled_reason: 'by_company', disabled_at: ctx.now() };
  }
  return { enabled, disabled_reason: null, disabled_at: null, failing_since: null };
}
