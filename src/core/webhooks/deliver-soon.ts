import type { Context } from '../../context';
import type { NewJob } from '../../queue/queues';
import type { WebhookEndpoint } from '../../store/webhook-endpoints';

/** Endpoints that fail take their turns after those that do not. */
const RANK_OF_FAILING = 1;

/**
 * Has workers deliver what is due to endpoints. While a worker is at it, it goes on by itself.
 * @throws AppError unavailable when Redis does not take the jobs; the reconciler then does it
 */
export function deliverSoon({
  ctx,
  endpoints,
}: {
  ctx: Context;
  endpoints: Pick<WebhookEndpoint, '_id' | 'failing_since'>[];
}): Promise<void> {
  return ctx.queues.enqueueAll(endpoints.map(jobFor));
}

/**
 * Has workers deliver whatever is due to any endpoint: first tries that were not handed over, and every
 * further one.
 */
export async function deliverAllDue({ ctx }: { ctx: Context }): Promise<void> {
  const ids = await ctx.store.webhookDeliveries.dueEndpoints(ctx.now());
  if (ids.length === 0) return;
  const known = await ctx.store.webhookEndpoints.findMany(ids);
  const found = new Map(known.map((endpoint) => [endpoint._id, endpoint]));
  // What waits for one that is removed is given up.
  const endpoints = ids.map((_id) => found.get(_id) ?? { _id, failing_since: null });
  await deliverSoon({ ctx, endpoints });
}

function jobFor({ _id, failing_since }: Pick<WebhookEndpoint, '_id' | 'failing_since'>): NewJob {
  return {
    kind: 'deliver-webhooks',
    payload: { endpoint_id: _id },
    dedupeId: `deliver-webhooks-${_id}`,
    rank: failing_since ? RANK_OF_FAILING : 0,
  };
}
