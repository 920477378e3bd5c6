import type { Context } from '../../context';
import { AppError } from '../../errors';
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
 * The same for callers whose work is written down: while Redis is away the reconciler does it, as soon
 * as it is back.
 */
export async function deliverOnceBack(asked: Parameters<typeof deliverSoon>[0]): Promise<void> {
  try {
    await deliverSoon(asked);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}

/**
 * Has workers deliver whatever is due to any endpoint: first tries that were not handed over, every
 * further one, and what is to be sent again.
 */
export async function deliverAllDue({ ctx }: { ctx: Context }): Promise<void> {
  const { webhookDeliveries, webhookEndpoints } = ctx.store;
  const replaying = await webhookEndpoints.findReplaying();
  const ids = await webhookDeliveries.dueEndpoints(ctx.now());
  if (ids.length === 0 && replaying.length === 0) return;
  const known = [...replaying, ...(await webhookEndpoints.findMany(ids))];
  const found = new Map(known.map((endpoint) => [endpoint._id, endpoint]));
  // What waits for one that is removed is given up.
  const gone = ids.filter((id) => !found.has(id)).map((_id) => ({ _id, failing_since: null }));
  await deliverSoon({ ctx, endpoints: [...found.values(), ...gone] });
}

function jobFor({ _id, failing_since }: Pick<WebhookEndpoint, '_id' | 'failing_since'>): NewJob {
  return {
    kind: 'deliver-webhooks',
    payload: { endpoint_id: _id },
    dedupeId: `deliver-webhooks-${_id}`,
    rank: failing_since ? RANK_OF_FAILING : 0,
  };
}
