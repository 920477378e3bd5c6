import type { Context } from '../../context';
import { ownVersion } from '../../lib/own-version';
import { Poster } from '../../lib/posting/poster';
import { signWebhook } from '../../lib/standard-webhooks';
import type { Attempt } from '../../store/webhook-deliveries';
import type { WebhookEndpoint } from '../../store/webhook-endpoints';
import type { WebhookEvent } from '../../store/webhook-events';
import { openEndpointSecret } from './endpoint-secret';
import type { Numbered } from './number-deliveries';

/** A delivery that has been tried, and when the endpoint asks to be tried again. */
export interface Sent {
  attempt: Attempt;
  retryAfter: string | null;
}

const VERSION = ownVersion();

/** One per process. */
const posters = new WeakMap<Context['outbox'], Poster>();

/**
 * Tries to deliver an event once; 2xx is success.
 * @returns null: it was stopped before there was an answer
 */
export async function sendDelivery({
  ctx,
  endpoint,
  delivery,
  event,
  signal,
}: {
  ctx: Context;
  endpoint: WebhookEndpoint;
  delivery: Numbered;
  event: WebhookEvent;
  signal: AbortSignal;
}): Promise<Sent | null> {
  const at = ctx.now();
  const body = bodyOf(event, delivery.sequence);
  const headers = headersOf({ ctx, endpoint, eventId: event._id, body, at });
  const posted = await posterOf(ctx).post({ url: endpoint.url, headers, body, signal });
  if (posted.failure === 'stopped') return null;
  const { status, ms, answer, retryAfter } = posted;
  const isSuccess = status !== null && status >= 200 && status < 300;
  // Whoever has said 2xx has it, however the rest of the answer ends.
  const failure = isSuccess ? null : (posted.failure ?? 'status');
  ctx.metrics.webhookTries.inc({ outcome: failure ?? 'delivered' });
  return { attempt: { at, status, failure, ms, answer }, retryAfter };
}

/** The bytes that are signed and sent: the same for every try. */
export function bodyOf(event: WebhookEvent, sequence: number | null): string {
  const { event: type, at: timestamp, data } = event;
  return JSON.stringify({ type, timestamp, sequence, data });
}

/** The headers of a try, see Standard Webhooks; signed with every secret that holds. */
export function headersOf({
  ctx,
  endpoint,
  eventId,
  body,
  at,
}: {
  ctx: Context;
  endpoint: WebhookEndpoint;
  eventId: string;
  body: string;
  at: Date;
}): Record<string, string> {
  const secrets = endpoint.secrets
    .filter(({ until }) => until === null || until > at)
    .map(({ sealed }) => openEndpointSecret({ ctx, endpointId: endpoint._id, sealed }));
  return {
    'content-type': 'application/json',
    'user-agent': `Rescind-Webhooks/${VERSION}`,
    ...signWebhook({ id: eventId, at, body, secrets }),
  };
}

function posterOf(ctx: Context): Poster {
  const mine = posters.get(ctx.outbox) ?? new Poster({ allowPrivate: !ctx.config.production });
  posters.set(ctx.outbox, mine);
  return mine;
}
