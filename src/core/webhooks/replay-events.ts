import type { Context } from '../../context';
import { REGIONS, type Region } from '../../store/regions';
import type { WebhookEndpoint } from '../../store/webhook-endpoints';
import type { WebhookEvent } from '../../store/webhook-events';
import { isFor, newDelivery } from './fan-out-events';

const EVENTS_AT_A_TIME = 500;

/**
 * Has everything sent again to an endpoint that it was asked for, region by region, from where that
 * stands; what is among it already waits its turn again.
 */
export async function replayEvents({
  ctx,
  endpoint,
  signal,
}: {
  ctx: Context;
  endpoint: WebhookEndpoint;
  signal: AbortSignal;
}): Promise<void> {
  const { _id, company_id, replay } = endpoint;
  if (!replay) return;
  let { region, after } = replay as { region: Region; after: { at: Date; id: string } };
  while (!signal.aborted) {
    const { webhookEvents } = ctx.store.regions[region];
    const found = await webhookEvents.findSince(company_id, after, EVENTS_AT_A_TIME);
    const asked = found.filter(({ at }) => at <= replay.until);
    await sendAgain(ctx, region, endpoint, asked);
    await ctx.reach('webhooks.replayed');
    const last = asked.at(-1);
    const next = last && asked.length === EVENTS_AT_A_TIME ? region : nextRegion(region);
    after = next === region && last ? { at: last.at, id: last._id } : { at: replay.since, id: '' };
    const rest = next && { ...replay, region: next, after };
    // Another one may have been asked for in the meantime: that begins where it was asked to.
    const isMine = await ctx.store.webhookEndpoints.advanceReplay(_id, replay, rest);
    if (!next || !isMine) return;
    region = next;
  }
}

function nextRegion(region: Region): Region | null {
  return REGIONS[REGIONS.indexOf(region) + 1] ?? null;
}

async function sendAgain(
  ctx: Context,
  region: Region,
  endpoint: WebhookEndpoint,
  events: WebhookEvent[],
): Promise<void> {
  const deliveries = events
    .filter((event) => isFor(endpoint, event))
    .map((event) => newDelivery({ ctx, region, event, endpoint }));
  await ctx.store.webhookDeliveries.insertMissing(deliveries);
  await ctx.store.webhookDeliveries.sendAgain(deliveries);
}
