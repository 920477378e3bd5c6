import type { Context } from '../../context';
import type { DisabledReason, WebhookEndpoint } from '../../store/webhook-endpoints';
import { recordChange } from '../audit/record-change';
import { adminsToTell } from '../messages/admins-to-tell';
import { webhooksDisabled } from '../messages/letters';
import { recordNotice } from '../messages/record-notice';
import { handOverEvents, recordEvents } from './record-events';

/**
 * Disables an endpoint that wants nothing or does not work, and tells of it: the company's admins by
 * mail, its other endpoints by an event. Once, whoever else does it at the same time.
 */
export async function disableEndpoint({
  ctx,
  endpoint,
  reason,
}: {
  ctx: Context;
  endpoint: WebhookEndpoint;
  reason: Exclude<DisabledReason, 'by_company'>;
}): Promise<void> {
  const { _id: endpointId, company_id: companyId, url } = endpoint;
  const admins = await adminsToTell({ ctx, companyId });
  const ids = await ctx.store.transaction(async (session) => {
    const now = ctx.now();
    const before = await ctx.store.webhookEndpoints.find(endpointId, session);
    if (!before?.enabled) return [];
    const change = { enabled: false, disabled_reason: reason, disabled_at: now };
    await ctx.store.webhookEndpoints.change(companyId, endpointId, change, session);
    await recordChange({
      ctx,
      session,
      companyId,
      action: 'webhook.disabled',
      caller: { actor: { type: 'system', id: null }, ip: null },
      reason: `${endpointId}: ${reason}`,
      at: now,
    });
    const letter = webhooksDisabled(new URL(url).host, reason);
    for (const { email } of admins) {
      await recordNotice({ ctx, session, to: { email, companyId }, letter });
    }
    const data = { endpoint_id: endpointId, reason, disabled_at: now };
    const told = [{ companyId, event: 'endpoint.disabled' as const, at: now, data }];
    return recordEvents({ ctx, session, told });
  });
  handOverEvents({ ctx, ids });
}
