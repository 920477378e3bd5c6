import type { Context } from '../../context';
import { DAY_MS } from '../../lib/durations';
import { isUnavailable } from '../../store';
import { errorForLog } from '../../telemetry/logger';
import type { WebhookDelivery } from '../../store/webhook-deliveries';
import type { WebhookEndpoint } from '../../store/webhook-endpoints';
import { underLease } from '../leases/under-lease';
import { disableEndpoint } from './disable-endpoint';
import { numberDeliveries } from './number-deliveries';
import { replayEvents } from './replay-events';
import { MAX_ROUND, sendRound } from './send-round';

/** `more`: its turn is over · `under_way`: another process is at it. */
export type DueDelivered = 'done' | 'more' | 'under_way' | 'disabled' | 'gone';

/** Then other endpoints have their turn. */
const TURN_MS = 30_000;
/** How many deliveries an endpoint that fails is tried with in a turn: it has one each second. */
const TRIES_OF_FAILING = 4;
const DISCARDED_AT_ONCE = 1_000;
/** After so long of nothing but failure an endpoint is disabled. */
export const FAILING_DAYS = 5;

/**
 * Delivers what is due to an endpoint, four at a time, under a lease, so that an endpoint has no more
 * than that. What fails is due again later. It may be killed at any moment: what was sent and not
 * written down is sent again.
 */
export async function deliverDue({
  ctx,
  endpointId,
  signal,
}: {
  ctx: Context;
  endpointId: string;
  signal: AbortSignal;
}): Promise<DueDelivered> {
  const outcome = await underLease({
    ctx,
    name: leaseOf(endpointId),
    signal,
    work: (held) => takeTurn(ctx, endpointId, held.signal),
  });
  return outcome ?? 'under_way';
}

/** The name of the lease under which deliveries are sent to an endpoint. */
export function leaseOf(endpointId: string): string {
  return `webhooks ${endpointId}`;
}

async function takeTurn(
  ctx: Context,
  endpointId: string,
  signal: AbortSignal,
): Promise<DueDelivered> {
  const { webhookEndpoints, webhookDeliveries } = ctx.store;
  const endMs = performance.now() + TURN_MS;
  while (!signal.aborted && performance.now() < endMs) {
    const endpoint = await webhookEndpoints.find(endpointId);
    if (!endpoint?.enabled) {
      await discardAll(ctx, endpointId, signal);
      return endpoint ? 'disabled' : 'gone';
    }
    if (endpoint.replay) await replayOrLater(ctx, endpoint, signal);
    const limit = endpoint.failing_since ? TRIES_OF_FAILING : MAX_ROUND;
    const due = await webhookDeliveries.findDue(endpointId, ctx.now(), limit);
    if (due.length === 0) return 'done';
    const isHopeful = await deliver({ ctx, endpoint, due, endMs, signal });
    if (!isHopeful) return 'more';
  }
  return 'more';
}

/** A region whose database is away holds up nothing but its own replay. */
async function replayOrLater(
  ctx: Context,
  endpoint: WebhookEndpoint,
  signal: AbortSignal,
): Promise<void> {
  try {
    await replayEvents({ ctx, endpoint, signal });
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    ctx.log.warn({ endpoint_id: endpoint._id, error: errorForLog(error) }, 'replay goes on later');
  }
}

/** @returns whether to go on with what else is due to it */
async function deliver({
  ctx,
  endpoint,
  due,
  endMs,
  signal,
}: {
  ctx: Context;
  endpoint: WebhookEndpoint;
  due: WebhookDelivery[];
  endMs: number;
  signal: AbortSignal;
}): Promise<boolean> {
  const { webhookEndpoints } = ctx.store;
  const numbered = await numberDeliveries({ ctx, endpoint, deliveries: due });
  if (!numbered) return false;
  const { lastSuccess, lastFailure, isGone } = await sendRound({
    ctx,
    endpoint,
    deliveries: numbered,
    endMs,
    signal,
  });
  if (lastFailure) {
    await webhookEndpoints.failed(endpoint._id, lastFailure.failure, lastFailure.at);
  }
  if (lastSuccess) await webhookEndpoints.succeeded(endpoint._id, lastSuccess);
  if (isGone) await disableEndpoint({ ctx, endpoint, reason: 'gone' });
  else if (!lastSuccess && hasFailedForDays(ctx, endpoint)) {
    await disableEndpoint({ ctx, endpoint, reason: 'failing' });
  }
  return lastSuccess !== null || lastFailure === null;
}

function hasFailedForDays(ctx: Context, { failing_since }: WebhookEndpoint): boolean {
  if (!failing_since) return false;
  return ctx.now().getTime() - failing_since.getTime() >= FAILING_DAYS * DAY_MS;
}

async function discardAll(ctx: Context, endpointId: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await ctx.reach('webhooks.discarding');
    const count = await discardSome(ctx, endpointId);
    if (count < DISCARDED_AT_ONCE) return;
  }
}

/** In one snapshot: what comes once it is enabled again is not among what waits here. */
function discardSome(ctx: Context, endpointId: string): Promise<number> {
  const { webhookEndpoints, webhookDeliveries } = ctx.store;
  return ctx.store.transaction(async (session) => {
    const endpoint = await webhookEndpoints.find(endpointId, session);
    if (endpoint?.enabled) return 0;
    return webhookDeliveries.discardWaiting(endpointId, DISCARDED_AT_ONCE, session);
  });
}
