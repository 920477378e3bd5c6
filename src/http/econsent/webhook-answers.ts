/** What the calls of webhooks answer; see `answers.ts`. */
import { z } from 'zod';
import { WEBHOOK_EVENTS } from '../../core/webhooks/endpoint-fields';
import { DELIVERY_STATES } from '../../core/webhooks/list-deliveries';
import { at, count, next_cursor } from './answers';

/** What can be sent: events, and the one by which an endpoint is tried out. */
export const SENT_EVENTS = [...WEBHOOK_EVENTS, 'endpoint.test'] as const;

const failure = z.string().meta({
  description:
    '`status`: it answered other than 2xx; `timed_out`: not within 15 s; `dns_failed`, `address_refused` (not on the public internet), `connect_failed`, `tls_failed`, `closed`, `bad_answer`, `url_refused`.',
});

export const endpoint = z
  .object({
    endpoint_id: z.string(),
    url: z.string(),
    events: z
      .array(z.enum(WEBHOOK_EVENTS))
      .nullable()
      .meta({ description: 'Null: all, also those that are added later.' }),
    description: z.string(),
    enabled: z.boolean(),
    disabled_reason: z.enum(['by_company', 'gone', 'failing']).nullable().meta({
      description:
        '`by_company`: by you; `gone`: it answered 410; `failing`: nothing but failures for five days.',
    }),
    disabled_at: at.nullable(),
    created_at: at,
    sequence: count.meta({ description: 'The number of its newest delivery.' }),
    last_success_at: at.nullable(),
    failing_since: at.nullable().meta({
      description: 'Since when there has been nothing but failures; null: the last try succeeded.',
    }),
    last_failure: z.object({ at, failure }).nullable(),
    previous_secret_until: at.nullable().meta({
      description: 'Until when the secret before the current one signs along.',
    }),
  })
  .meta({ id: 'WebhookEndpoint' });
export const endpoints = z
  .object({ endpoints: z.array(endpoint) })
  .meta({ id: 'WebhookEndpoints' });

const secret = z.string().optional().meta({
  description: '`whsec_…`. Shown in this answer only, and not when it is replayed.',
});
export const createdEndpoint = endpoint.extend({ secret }).meta({ id: 'CreatedWebhookEndpoint' });
export const rotatedSecret = z
  .object({ secret, previous_secret_until: at })
  .meta({ id: 'RotatedWebhookSecret' });

export const askedDelivery = z
  .object({ delivery_id: z.string() })
  .meta({ id: 'AskedWebhookDelivery' });
export const askedReplay = z
  .object({
    endpoint_id: z.string(),
    since: at.meta({ description: 'Earlier than asked for where a replay was under way.' }),
  })
  .meta({ id: 'AskedWebhookReplay' });

const attempt = z.object({
  at,
  status: z.int().nullable().meta({ description: 'Null: there was no answer.' }),
  failure: failure.nullable().meta({ description: 'Null: it did not fail.' }),
  ms: z.number().min(0),
});
const delivery = z
  .object({
    delivery_id: z.string(),
    endpoint_id: z.string(),
    event_id: z.string().meta({ description: 'The `webhook-id`.' }),
    event: z.enum(SENT_EVENTS),
    status: z.enum(DELIVERY_STATES).meta({
      description:
        '`waiting`: for its first try or the next; `failed`: after the last try; `discarded`: its endpoint was disabled or removed.',
    }),
    sequence: count.nullable().meta({ description: 'Null until it is first sent.' }),
    created_at: at,
    delivered_at: at.nullable(),
    next_attempt_at: at.nullable(),
    attempts: z.array(attempt).meta({ description: 'The newest last; at most 20.' }),
  })
  .meta({ id: 'WebhookDelivery' });
export const deliveryPage = z
  .object({ deliveries: z.array(delivery), next_cursor })
  .meta({ id: 'WebhookDeliveryPage' });
export const deliveryDetail = delivery
  .extend({
    attempts: z.array(
      attempt.extend({
        answer: z.string().meta({ description: 'The first KiB of what was answered.' }),
      }),
    ),
    body: z.string().nullable().meta({
      description:
        'The bytes that are signed and sent. Null where nothing has been sent yet, or its event is no longer kept.',
    }),
    headers: z.record(z.string(), z.string()).nullable().meta({
      description:
        'Those of the last try. Null also where its signature was made with a secret that is gone.',
    }),
  })
  .meta({ id: 'WebhookDeliveryDetail' });
