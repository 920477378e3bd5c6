import type { Context } from '../../context';
import type { WebhookEndpoint } from '../../store/webhook-endpoints';
import { leaseOf } from './deliver-due';

const SECOND_MS = 1_000;
/** Each of them is asked for its oldest delivery. */
const MAX_ASKED = 200;

/** Deliveries that are due to endpoints that do not fail. */
export interface LateDeliveries {
  /** How long the oldest has waited though no worker is at its endpoint's; 0: none has. */
  untakenSeconds: number;
  /** How many endpoints that is. */
  untaken: number;
  /** How long the oldest has waited of those that a worker is at. */
  takenSeconds: number;
}

/**
 * Which deliveries are late by no fault of their endpoints: workers look each second what is due.
 * @param forMs how long they have been due at least
 */
export async function findLateDeliveries({
  ctx,
  forMs = 0,
}: {
  ctx: Context;
  forMs?: number;
}): Promise<LateDeliveries> {
  const now = ctx.now();
  const due = await ctx.store.webhookDeliveries.dueEndpoints(new Date(now.getTime() - forMs));
  const found = await ctx.store.webhookEndpoints.findMany(due.slice(0, MAX_ASKED));
  const working = found.filter(({ enabled, failing_since }) => enabled && !failing_since);
  const held = new Set(await ctx.store.leases.findHeld(working.map(({ _id }) => leaseOf(_id))));
  const isHeld = ({ _id }: WebhookEndpoint): boolean => held.has(leaseOf(_id));
  const oldest = async (endpoints: WebhookEndpoint[]): Promise<number> => {
    const { webhookDeliveries } = ctx.store;
    const first = await Promise.all(
      endpoints.map(({ _id }) => webhookDeliveries.firstDue(_id, now)),
    );
    const ages = first.map((at) => (at ? now.getTime() - at.getTime() : 0));
    return Math.round(Math.max(0, ...ages) / SECOND_MS);
  };
  const untaken = working.filter((one) => !isHeld(one));
  return {
    untaken: untaken.length,
    untakenSeconds: await oldest(untaken),
    takenSeconds: await oldest(working.filter(isHeld)),
  };
}
