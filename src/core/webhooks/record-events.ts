import type { Context } from '../../context';
import { DAY_MS } from '../../lib/durations';
import { newId } from '../../lib/random-ids';
import type { Session } from '../../store';
import type { Region } from '../../store/regions';
import type { SentEventName, WebhookEvent } from '../../store/webhook-events';
import { DELIVERIES_KEPT_DAYS } from '../../store/webhook-deliveries';
import { isListenedTo } from './listening';

/** Something that a company is to be told. */
export interface Told {
  companyId: string;
  event: SentEventName;
  at: Date;
  /** Ids, methods and times, never what is personal; as it is sent. */
  data: Record<string, unknown>;
  /** The request, or its part, that a revocation is told of. */
  revocationId?: string;
  /** The batch that it is of. */
  batchId?: string;
}

/**
 * Writes down what companies are to be told, in the transaction of what it tells, so that none is lost
 * and none invented; nothing where nobody listens. Once that is committed its ids go to
 * `handOverEvents`; else the reconciler finds them within seconds.
 * @returns their ids
 */
export async function recordEvents({
  ctx,
  region = 'default',
  session,
  told,
}: {
  ctx: Context;
  region?: Region;
  session: Session;
  told: Told[];
}): Promise<string[]> {
  const events: WebhookEvent[] = [];
  for (const one of told) {
    if (await isListenedTo({ ctx, companyId: one.companyId }))
      events.push(newEvent({ ctx, told: one }));
  }
  await ctx.store.regions[region].webhookEvents.insert(events, session);
  return events.map(({ _id }) => _id);
}

/** Has deliveries made of events that are committed. */
export function handOverEvents({
  ctx,
  region = 'default',
  ids,
}: {
  ctx: Context;
  region?: Region;
  ids: string[];
}): void {
  for (const id of ids) ctx.outbox.recorded(outboxOf(region), id);
}

/** The outbox of a region's events. */
export function outboxOf(region: Region): 'webhookEvents' | 'usWebhookEvents' {
  return region === 'us' ? 'usWebhookEvents' : 'webhookEvents';
}

/** An event to be written down. */
export function newEvent({ ctx, told }: { ctx: Context; told: Told }): WebhookEvent {
  const { companyId, event, at, data, revocationId = null, batchId = null } = told;
  const now = ctx.now();
  return {
    _id: newId('evt'),
    company_id: companyId,
    event,
    at,
    data,
    revocation_id: revocationId,
    batch_id: batchId,
    owner_id: companyId,
    told_with: null,
    state: 'recorded',
    requested_at: now,
    enqueued_at: null,
    acknowledge_by: null,
    acknowledged_at: null,
    // Who was told of a revocation, and when, is kept as long as the revocation.
    expires_at: revocationId ? null : new Date(now.getTime() + DELIVERIES_KEPT_DAYS * DAY_MS),
  };
}
