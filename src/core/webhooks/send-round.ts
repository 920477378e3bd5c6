import type { Context } from '../../context';
import { unavailable } from '../../errors';
import { createGroupCommit } from '../../lib/group-commit';
import { nextTryAt } from '../../lib/retry-schedule';
import { isUnavailable } from '../../store';
import { REGIONS, type Region } from '../../store/regions';
import type { Tried } from '../../store/webhook-deliveries';
import type { WebhookEndpoint } from '../../store/webhook-endpoints';
import type { WebhookEvent } from '../../store/webhook-events';
import type { Numbered } from './number-deliveries';
import { type Sent, sendDelivery } from './send-delivery';

/** No round has more deliveries. */
export const MAX_ROUND = 200;
/** To one endpoint. */
const AT_A_TIME = 4;
/** Tries that are written down together. */
const MAX_RECORDED = 64;
const GONE = 410;
const RECORD_DEADLINE_MS = 30_000;
/** Of what is told of a region whose database is away. */
const PUT_OFF_MS = 30_000;

/** How a round went. */
export interface Round {
  lastSuccess: Date | null;
  lastFailure: { at: Date; failure: string } | null;
  /** It asked not to be sent anything any more. */
  isGone: boolean;
}

/**
 * Sends deliveries to their endpoint, four at a time, and writes down how that went.
 * @param endMs by `performance.now()`: nothing is begun after it
 * @param signal nothing is begun once it is aborted
 */
export async function sendRound({
  ctx,
  endpoint,
  deliveries,
  endMs,
  signal,
}: {
  ctx: Context;
  endpoint: WebhookEndpoint;
  deliveries: Numbered[];
  endMs: number;
  signal: AbortSignal;
}): Promise<Round> {
  const { events, away } = await findEvents(ctx, deliveries);
  const record = recorder(ctx, events);
  const round: Round = { lastSuccess: null, lastFailure: null, isGone: false };
  const recording: Promise<unknown>[] = [];
  const send = async (delivery: Numbered): Promise<void> => {
    const event = events.get(delivery.event_id);
    // Its event is no longer kept: then neither is it, soon.
    if (!event) return ctx.store.webhookDeliveries.discard(delivery._id);
    const sent = await sendDelivery({ ctx, endpoint, delivery, event, signal });
    if (!sent) return;
    await ctx.reach('webhooks.sent');
    // Not waited for: what is not written down when a worker dies is sent again.
    const recorded = record(outcomeOf(delivery, sent));
    // It is thrown at the end of the round; until then it must not count as unhandled.
    recorded.catch(() => undefined);
    recording.push(recorded);
    note(round, sent);
  };
  for (const group of apartFromEnds(deliveries.filter((one) => !away.has(one.region)))) {
    const left = group.values();
    const work = async (): Promise<void> => {
      for (const one of left) {
        if (signal.aborted || round.isGone || performance.now() > endMs) return;
        await send(one);
      }
    };
    const ended = await Promise.allSettled(Array.from({ length: AT_A_TIME }, work));
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
  }
  await Promise.all(recording);
  return round;
}

/** What ends a batch waits for what comes before it. */
function apartFromEnds(deliveries: Numbered[]): Numbered[][] {
  const groups: Numbered[][] = [[]];
  for (const one of deliveries) {
    if (one.event.startsWith('batch.')) groups.push([one], []);
    else groups.at(-1)?.push(one);
  }
  return groups.filter((group) => group.length > 0);
}

/** The events of deliveries; those of a region whose database is away are put off, and hold up no others. */
async function findEvents(
  ctx: Context,
  deliveries: Numbered[],
): Promise<{ events: Map<string, WebhookEvent>; away: Set<Region> }> {
  const events = new Map<string, WebhookEvent>();
  const away = new Set<Region>();
  for (const region of REGIONS) {
    const mine = deliveries.filter((one) => one.region === region);
    if (mine.length === 0) continue;
    const ids = mine.map(({ event_id }) => event_id);
    try {
      const found = await ctx.store.regions[region].webhookEvents.findMany(ids);
      for (const event of found) events.set(event._id, event);
    } catch (error) {
      if (region === 'default' || !isUnavailable(error)) throw error;
      away.add(region);
      const until = new Date(ctx.now().getTime() + PUT_OFF_MS);
      await ctx.store.webhookDeliveries.putOff(
        mine.map(({ _id }) => _id),
        until,
      );
    }
  }
  return { events, away };
}

/** Writes down tries, those that end at the same time together. */
function recorder(ctx: Context, events: ReadonlyMap<string, WebhookEvent>) {
  const run = async (all: (Tried & { delivery: Numbered })[]): Promise<'recorded'[]> => {
    const delivered = all.filter(({ state }) => state === 'delivered');
    for (const region of REGIONS) {
      const asked = delivered.flatMap(({ delivery: { event_id, region: of } }) =>
        of === region && events.get(event_id)?.revocation_id ? event_id : [],
      );
      // First: a delivery that is delivered is not looked at again.
      if (asked.length > 0)
        await ctx.store.regions[region].webhookEvents.acknowledge(asked, ctx.now());
    }
    await ctx.reach('webhooks.acknowledged');
    await ctx.store.webhookDeliveries.recordTries(all);
    return all.map(() => 'recorded');
  };
  return createGroupCommit<Tried & { delivery: Numbered }, 'recorded'>({
    run,
    maxSize: MAX_RECORDED,
    maxWaiting: MAX_ROUND,
    deadlineMs: RECORD_DEADLINE_MS,
    refusal: unavailable,
    isOneRequestsFault: () => false,
  });
}

function outcomeOf(delivery: Numbered, sent: Sent): Tried & { delivery: Numbered } {
  const { attempt, retryAfter } = sent;
  const tries = delivery.tries + 1;
  const tried = { id: delivery._id, delivery, attempt, tries, nextAt: attempt.at };
  if (attempt.failure === null) return { ...tried, state: 'delivered' };
  const { at, status } = attempt;
  const nextAt = status === GONE ? null : nextTryAt({ tries, at, retryAfter });
  return nextAt ? { ...tried, state: 'waiting', nextAt } : { ...tried, state: 'failed' };
}

function note(round: Round, { attempt }: Sent): void {
  const { at, failure, status } = attempt;
  if (failure === null) round.lastSuccess = at;
  else round.lastFailure = { at, failure };
  if (status === GONE) round.isGone = true;
}
