import type { Caller, Context } from '../../context';
import { AppError, invalid } from '../../errors';
import { recordChange } from '../audit/record-change';
import type { Completion } from '../idempotency/commit-change';
import { deliverOnceBack } from './deliver-soon';
import { requireEndpoint } from './require-endpoint';

/**
 * Has everything sent again to an endpoint that happened since a time: what it has had already, too, by
 * the same ids. Revocations are there for as long as they are kept, other events for 30 days. Asked for
 * while an earlier replay is under way, both are done, from the earlier of the two times on.
 * @returns since when
 * @throws AppError webhook_endpoint_not_found; webhook_endpoint_disabled; invalid_request naming `since`
 */
export async function askForReplay({
  ctx,
  companyId,
  caller,
  endpointId,
  since,
  completion,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  endpointId: string;
  since: Date;
  completion?: Completion<Date> | undefined;
}): Promise<Date> {
  const until = ctx.now();
  if (since > until) throw invalid('since', 'must not lie ahead');
  const { endpoint, from } = await ctx.store.transaction(async (session) => {
    const found = await requireEndpoint({ ctx, companyId, endpointId, session });
    if (!found.enabled) throw new AppError('webhook_endpoint_disabled');
    const underWay = found.replay?.since ?? since;
    const from = underWay < since ? underWay : since;
    const replay = { since: from, until, region: 'default', after: { at: from, id: '' } };
    await ctx.store.webhookEndpoints.change(companyId, endpointId, { replay }, session);
    const action = 'webhook.replayed';
    const reason = `${endpointId}: since ${since.toISOString()}`;
    await recordChange({ ctx, session, companyId, action, caller, reason });
    await completion?.(session, from);
    return { endpoint: found, from };
  });
  await deliverOnceBack({ ctx, endpoints: [endpoint] });
  return from;
}
