import type { Caller, Context } from '../../context';
import { AppError, invalid } from '../../errors';
import { recordChange } from '../audit/record-change';
import { deliverOnceBack } from './deliver-soon';
import { requireEndpoint } from './require-endpoint';

/**
 * Has everything sent again to an endpoint that happened since a time: what it has had already, too, by
 * the same ids. Revocations are there for as long as they are kept, other events for 30 days.
 * @throws AppError webhook_endpoint_not_found; webhook_endpoint_disabled; invalid_request naming `since`
 */
export async function askForReplay({
  ctx,
  companyId,
  caller,
  endpointId,
  since,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  endpointId: string;
  since: Date;
}): Promise<void> {
  const until = ctx.now();
  if (since > until) throw invalid('since', 'must not lie ahead');
  const endpoint = await ctx.store.transaction(async (session) => {
    const found = await requireEndpoint({ ctx, companyId, endpointId, session });
    if (!found.enabled) throw new AppError('webhook_endpoint_disabled');
    const replay = { since, until, region: 'default', after: { at: since, id: '' } };
    await ctx.store.webhookEndpoints.change(companyId, endpointId, { replay }, session);
    const action = 'webhook.replayed';
    const reason = `${endpointId}: since ${since.toISOString()}`;
    await recordChange({ ctx, session, companyId, action, caller, reason });
    return found;
  });
  await deliverOnceBack({ ctx, endpoints: [endpoint] });
}
