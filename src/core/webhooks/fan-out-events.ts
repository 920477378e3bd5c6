import type { Context } from '../../context';
import { derivedId } from '../../lib/derived-ids';
import { distinct } from '../../lib/distinct';
import type { Region } from '../../store/regions';
import type { WebhookDelivery } from '../../store/webhook-deliveries';
import type { WebhookEndpoint } from '../../store/webhook-endpoints';
import type { WebhookEvent } from '../../store/webhook-events';
import { acknowledgeBy } from './acknowledge-by';
import { deliverSoon } from './deliver-soon';
import { eventsForThirdParties } from './third-parties';

/** What ends a batch: it is told last. */
const ENDS_BATCH = new Set<string>(['batch.completed', 'batch.failed']);
/** Each may name a thousand certificates. */
const EVENTS_AT_A_TIME = 50;

/**
 * Makes the deliveries of events, one for each endpoint that is to get it, and has them sent. It may be
 * repeated, killed at any moment, and run concurrently: an event and an endpoint have one delivery.
 * @param ids of events that are committed; at most 500
 */
export async function fanOutEvents({
  ctx,
  region,
  ids,
}: {
  ctx: Context;
  region: Region;
  ids: string[];
}): Promise<'done' | 'already_done'> {
  const { webhookEvents } = ctx.store.regions[region];
  let isDone = false;
  for (let from = 0; from < ids.length; from += EVENTS_AT_A_TIME) {
    const found = await webhookEvents.findMany(ids.slice(from, from + EVENTS_AT_A_TIME));
    const events = found.filter(({ state }) => state === 'recorded');
    if (events.length === 0) continue;
    isDone = true;
    const ends = events.filter(({ event }) => ENDS_BATCH.has(event));
    const batchIds = distinct(ends.flatMap(({ batch_id }) => batch_id ?? []));
    await fanOutBefore(ctx, region, batchIds);
    await fanOut(ctx, region, events.sort(byTime));
  }
  return isDone ? 'done' : 'already_done';
}

/** Everything that batches revoked, so that what ends them comes after it. */
async function fanOutBefore(ctx: Context, region: Region, batchIds: string[]): Promise<void> {
  if (batchIds.length === 0) return;
  const { webhookEvents } = ctx.store.regions[region];
  for (;;) {
    const found = await webhookEvents.findRecordedOfBatches(batchIds, EVENTS_AT_A_TIME);
    const revoked = found.filter(({ event }) => !ENDS_BATCH.has(event));
    if (revoked.length === 0) return;
    await fanOut(ctx, region, revoked);
  }
}

async function fanOut(ctx: Context, region: Region, events: WebhookEvent[]): Promise<void> {
  const { webhookEvents } = ctx.store.regions[region];
  const others = region === 'default' ? await eventsForThirdParties({ ctx, events }) : [];
  await webhookEvents.insertMissing(others);
  await ctx.reach('webhooks.third_parties_told');
  const all = [...events, ...others];
  const companies = distinct(all.map(({ company_id }) => company_id));
  const endpoints = await ctx.store.webhookEndpoints.findEnabled(companies);
  const deliveries = all.flatMap((event) =>
    endpoints
      .filter((endpoint) => isFor(endpoint, event))
      .map((endpoint) => newDelivery({ ctx, region, event, endpoint })),
  );
  await ctx.store.webhookDeliveries.insertMissing(deliveries);
  await ctx.reach('webhooks.deliveries_made');
  await askToAcknowledge(ctx, region, all, deliveries);
  await webhookEvents.markFannedOut(all.map(({ _id }) => _id));
  await ctx.reach('webhooks.fanned_out');
  const due = distinct(deliveries.map(({ endpoint_id }) => endpoint_id));
  await deliverSoon({ ctx, endpoints: endpoints.filter(({ _id }) => due.includes(_id)) });
}

/** Whoever has an endpoint that is told of a revocation has ten business days to say that it has it. */
async function askToAcknowledge(
  ctx: Context,
  region: Region,
  events: WebhookEvent[],
  deliveries: WebhookDelivery[],
): Promise<void> {
  const sent = new Set(deliveries.map(({ event_id }) => event_id));
  const asked = events.filter(({ _id, revocation_id }) => revocation_id !== null && sent.has(_id));
  const byDate = new Map<number, string[]>();
  for (const { _id, at } of asked) {
    const by = acknowledgeBy(at).getTime();
    byDate.set(by, [...(byDate.get(by) ?? []), _id]);
  }
  for (const [by, ids] of byDate)
    await ctx.store.regions[region].webhookEvents.askToAcknowledge(ids, new Date(by));
}

function byTime(a: WebhookEvent, b: WebhookEvent): number {
  return a.at.getTime() - b.at.getTime() || (a._id < b._id ? -1 : 1);
}

/** Whether an endpoint is to get an event. */
export function isFor(endpoint: WebhookEndpoint, event: WebhookEvent): boolean {
  if (endpoint.company_id !== event.company_id) return false;
  // It is the one that tells of itself.
  if (event.data.endpoint_id === endpoint._id) return event.event === 'endpoint.test';
  if (event.event === 'endpoint.test') return false;
  return endpoint.events === null || endpoint.events.includes(event.event);
}

/** A delivery that is due. */
export function newDelivery({
  ctx,
  region,
  event,
  endpoint,
}: {
  ctx: Context;
  region: Region;
  event: WebhookEvent;
  endpoint: WebhookEndpoint;
}): WebhookDelivery {
  const now = ctx.now();
  return {
    _id: deliveryId(event._id, endpoint._id),
    endpoint_id: endpoint._id,
    company_id: event.company_id,
    event_id: event._id,
    event: event.event,
    region,
    state: 'waiting',
    sequence: null,
    tries: 0,
    // In the order of what they tell.
    next_at: event.at < now ? event.at : now,
    attempts: [],
    created_at: now,
    delivered_at: null,
  };
}

/** An event has one delivery to an endpoint. */
export function deliveryId(eventId: string, endpointId: string): string {
  return derivedId('dlv', [eventId, endpointId]);
}
