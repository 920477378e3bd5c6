import type { Router } from 'express';
import { z } from 'zod';
import type { Context } from '../../context';
import { askForReplay } from '../../core/webhooks/ask-for-replay';
import { listedDeliveryView } from '../../core/webhooks/delivery-view';
import { DELIVERY_STATES, listDeliveries } from '../../core/webhooks/list-deliveries';
import { lookAtDelivery } from '../../core/webhooks/look-at-delivery';
import { redeliver } from '../../core/webhooks/redeliver';
import { type AskedDelivery, sendTest } from '../../core/webhooks/send-test';
import type { Answer } from '../answer';
import { byBearer, type Gate } from '../authenticate-request';
import { id, paging, time } from '../fields';
import { madeOnce } from '../made-once';
import { mount } from '../route';
import { PREFIXES } from './prefixes';
import {
  askedDelivery,
  askedReplay,
  deliveryDetail,
  deliveryPage,
  SENT_EVENTS,
} from './webhook-answers';
import { ENDPOINT_PATH, endpointParams, UNKNOWN_ENDPOINT } from './webhooks';

const PATH = '/webhooks/deliveries';
const DISABLED = 'The endpoint is disabled.';
const UNKNOWN_DELIVERY = 'The company has no such delivery, or not any more.';
const deliveryParams = z.object({ delivery_id: id });
const nothing = z.object({ company_id: id.optional() });

/** What a company's endpoints are sent, with its Bearer token. */
export function mountWebhookDeliveries(router: Router, ctx: Context, gate: Gate): void {
  mountTest(router, ctx, gate);
  mountReplay(router, ctx, gate);
  mountReads(router, ctx, gate);
  mountRedelivery(router, ctx, gate);
}

/** A 202 with the delivery at which can be seen how it goes. */
function onItsWay({ deliveryId }: AskedDelivery): Answer {
  return { status: 202, body: { delivery_id: deliveryId } };
}

function mountTest(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, PREFIXES, {
    method: 'post',
    path: `${ENDPOINT_PATH}/test`,
    operation: {
      id: 'testWebhookEndpoint',
      scope: 'webhooks',
      summary: 'Send an endpoint an event to try it out',
      description:
        '`endpoint.test`, whatever events it is told of, and to this endpoint alone. Its delivery is there within a second or two; look at it to see what was answered.',
      answers: { 202: askedDelivery },
      refusals: { 404: UNKNOWN_ENDPOINT, 409: DISABLED },
    },
    params: endpointParams,
    body: nothing,
    authenticate: (call) => byBearer(gate, 'econsent', call, call.body.company_id),
    handle: ({ params, principal, heldKey }) =>
      madeOnce<AskedDelivery>({
        ctx,
        heldKey,
        change: (completion) =>
          sendTest({
            ctx,
            companyId: principal.company._id,
            caller: principal.caller,
            endpointId: params.endpoint_id,
            completion,
          }),
        answerOf: onItsWay,
      }),
  });
}

function mountReplay(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, PREFIXES, {
    method: 'post',
    path: `${ENDPOINT_PATH}/replay`,
    operation: {
      id: 'replayWebhooks',
      scope: 'webhooks',
      summary: 'Send an endpoint everything again that happened since a time',
      description:
        'After an outage, or to begin afresh: what it has had already, too, under the same `webhook-id`, so that your receiver leaves out what it knows. Revocations are there for as long as they are kept, other events for 30 days; what happened before the company had an endpoint was not noted, for which there is `GET /revocations`.',
      answers: { 202: askedReplay },
      refusals: { 404: UNKNOWN_ENDPOINT, 409: DISABLED },
    },
    params: endpointParams,
    body: nothing.extend({ since: time }),
    authenticate: (call) => byBearer(gate, 'econsent', call, call.body.company_id),
    handle: ({ params, body, principal, heldKey }) =>
      madeOnce<Date>({
        ctx,
        heldKey,
        change: (completion) =>
          askForReplay({
            ctx,
            companyId: principal.company._id,
            caller: principal.caller,
            endpointId: params.endpoint_id,
            since: body.since,
            completion,
          }),
        answerOf: (since) => ({
          status: 202,
          body: { endpoint_id: params.endpoint_id, since: since.toISOString() },
        }),
      }),
  });
}

function mountReads(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: PATH,
    operation: {
      id: 'listWebhookDeliveries',
      scope: 'webhooks',
      summary: 'Deliveries, newest first',
      description:
        'Of the last 30 days, those that meet every filter given, with their tries. For the next page send `next_cursor` as `cursor`.',
      answers: { 200: deliveryPage },
    },
    query: z.object({
      ...paging,
      endpoint_id: id.optional(),
      status: z.enum(DELIVERY_STATES).optional(),
      event: z.enum(SENT_EVENTS).optional(),
    }),
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ query: { endpoint_id, status: state, event, ...page }, principal }) => {
      const filter = { endpoint_id, state, event };
      const companyId = principal.company._id;
      const { items, next_cursor } = await listDeliveries({ ctx, companyId, filter, page });
      return { status: 200, body: { deliveries: items.map(listedDeliveryView), next_cursor } };
    },
  });
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: `${PATH}/:delivery_id`,
    operation: {
      id: 'getWebhookDelivery',
      scope: 'webhooks',
      summary: 'A delivery: what is sent, and what was answered',
      description:
        'Each try with the status, how long it took and the first KiB of the answer, and the body and headers as they were last sent.',
      answers: { 200: deliveryDetail },
      refusals: { 404: UNKNOWN_DELIVERY },
    },
    params: deliveryParams,
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ params: { delivery_id: deliveryId }, principal }) => ({
      status: 200,
      body: await lookAtDelivery({ ctx, companyId: principal.company._id, deliveryId }),
    }),
  });
}

function mountRedelivery(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, PREFIXES, {
    method: 'post',
    path: `${PATH}/:delivery_id/redeliver`,
    operation: {
      id: 'redeliverWebhook',
      scope: 'webhooks',
      summary: 'Send a delivery again',
      description:
        'Whatever became of it: at once, then on the usual schedule, the same body under the same `webhook-id`.',
      answers: { 202: askedDelivery },
      refusals: { 404: `${UNKNOWN_DELIVERY} Or its endpoint is gone.`, 409: DISABLED },
    },
    params: deliveryParams,
    body: nothing,
    authenticate: (call) => byBearer(gate, 'econsent', call, call.body.company_id),
    handle: ({ params, principal, heldKey }) =>
      madeOnce<AskedDelivery>({
        ctx,
        heldKey,
        change: (completion) =>
          redeliver({
            ctx,
            companyId: principal.company._id,
            caller: principal.caller,
            deliveryId: params.delivery_id,
            completion,
          }),
        answerOf: onItsWay,
      }),
  });
}
