import type { Router } from 'express';
import { z } from 'zod';
import type { Context } from '../../context';
import { changeEndpoint } from '../../core/webhooks/change-endpoint';
import { type CreatedEndpoint, createEndpoint } from '../../core/webhooks/create-endpoint';
import { WEBHOOK_EVENTS } from '../../core/webhooks/endpoint-fields';
import { endpointView } from '../../core/webhooks/endpoint-view';
import { listEndpoints } from '../../core/webhooks/list-endpoints';
import { removeEndpoint } from '../../core/webhooks/remove-endpoint';
import { type RotatedSecret, rotateSecret } from '../../core/webhooks/rotate-secret';
import { byBearer, type Gate } from '../authenticate-request';
import { id } from '../fields';
import { createdWithSecret, madeOnce } from '../made-once';
import { mount } from '../route';
import { PREFIXES } from './prefixes';
import { createdEndpoint, endpoint, endpoints, rotatedSecret } from './webhook-answers';

const PATH = '/webhooks/endpoints';
/** The path of one endpoint. */
export const ENDPOINT_PATH = `${PATH}/:endpoint_id`;
/** The parameters of that path. */
export const endpointParams = z.object({ endpoint_id: id });
export const UNKNOWN_ENDPOINT = 'The company has no such endpoint.';

const fields = {
  company_id: id.optional(),
  url: z.string().meta({
    description:
      'Of the public internet, with https, no user or fragment, at most 2,000 characters.',
  }),
  events: z
    .array(z.enum(WEBHOOK_EVENTS))
    .min(1)
    .max(100)
    .nullish()
    .meta({ description: 'What it is told; null: everything, also what is added later.' }),
  description: z.string().optional().meta({
    description: 'For you: one line of at most 200 characters.',
  }),
};

/** Where a company is told of events, with its Bearer token. */
export function mountWebhooks(router: Router, ctx: Context, gate: Gate): void {
  mountAll(router, ctx, gate);
  mountOne(router, ctx, gate);
  mountRotation(router, ctx, gate);
}

function mountAll(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, PREFIXES, {
    method: 'post',
    path: PATH,
    operation: {
      id: 'createWebhookEndpoint',
      scope: 'webhooks',
      summary: 'Add an endpoint that is told of events',
      description:
        'Whatever happens once this has answered, the endpoint is told: signed by Standard Webhooks, again until it answers 2xx, at least once each. Verify every delivery with the `secret`, which is shown in this answer and never again. At most 50 a company; several may have the same URL, each with its own secret and events. How to receive is at [/docs](/docs#webhooks).',
      answers: { 201: createdEndpoint },
    },
    body: z.object(fields),
    authenticate: (call) => byBearer(gate, 'econsent', call, call.body.company_id),
    handle: ({ body, principal, heldKey }) =>
      madeOnce<CreatedEndpoint>({
        ctx,
        heldKey,
        change: (completion) =>
          createEndpoint({
            ctx,
            companyId: principal.company._id,
            caller: principal.caller,
            fields: body,
            completion,
          }),
        answerOf: (made) =>
          createdWithSecret({ ...endpointView(made.endpoint), secret: made.secret }, 'secret'),
      }),
  });
  mount(router, ctx, PREFIXES, {
    method: 'get',
    path: PATH,
    operation: {
      id: 'listWebhookEndpoints',
      scope: 'webhooks',
      summary: 'All endpoints, oldest first, and how they are doing',
      description: 'At most 50, without their secrets.',
      answers: { 200: endpoints },
    },
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: async ({ principal }) => {
      const found = await listEndpoints({ ctx, companyId: principal.company._id });
      return { status: 200, body: { endpoints: found.map(endpointView) } };
    },
  });
}

function mountOne(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, PREFIXES, {
    method: 'patch',
    path: ENDPOINT_PATH,
    operation: {
      id: 'changeWebhookEndpoint',
      scope: 'webhooks',
      summary: 'Change an endpoint, switch it off or on again',
      description:
        'Changes what you name, and leaves the rest. With `enabled: false` it is sent nothing, and what waits for it is given up. With `enabled: true` it is told of whatever happens once this has answered; have what it missed sent by `/replay`.',
      answers: { 200: endpoint },
      refusals: { 404: UNKNOWN_ENDPOINT },
    },
    params: endpointParams,
    body: z.object({ ...fields, url: fields.url.optional(), enabled: z.boolean().optional() }),
    authenticate: (call) => byBearer(gate, 'econsent', call, call.body.company_id),
    handle: async ({ params, body: { company_id: _ours, ...change }, principal }) => {
      const changed = await changeEndpoint({
        ctx,
        companyId: principal.company._id,
        caller: principal.caller,
        endpointId: params.endpoint_id,
        fields: change,
      });
      return { status: 200, body: endpointView(changed) };
    },
  });
  mount(router, ctx, PREFIXES, {
    method: 'delete',
    path: ENDPOINT_PATH,
    operation: {
      id: 'removeWebhookEndpoint',
      scope: 'webhooks',
      summary: 'Remove an endpoint for good',
      description: 'What waits for it is given up. Its deliveries stay in the list for 30 days.',
      answers: { 204: null },
      refusals: { 404: UNKNOWN_ENDPOINT },
    },
    params: endpointParams,
    authenticate: (call) => byBearer(gate, 'econsent', call),
    handle: ({ params, principal, heldKey }) =>
      madeOnce<string>({
        ctx,
        heldKey,
        change: (completion) =>
          removeEndpoint({
            ctx,
            companyId: principal.company._id,
            caller: principal.caller,
            endpointId: params.endpoint_id,
            completion,
          }),
        answerOf: () => ({ status: 204 }),
      }),
  });
}

function mountRotation(router: Router, ctx: Context, gate: Gate): void {
  mount(router, ctx, PREFIXES, {
    method: 'post',
    path: `${ENDPOINT_PATH}/rotate`,
    operation: {
      id: 'rotateWebhookSecret',
      scope: 'webhooks',
      summary: 'Give an endpoint a new secret',
      description:
        'The secret is shown in this answer and never again. For 24 hours deliveries carry two signatures, by the new secret and the one before, so that nothing is missed while you change over. Secrets before those sign no more: if one has got out, rotate twice.',
      answers: { 200: rotatedSecret },
      refusals: { 404: UNKNOWN_ENDPOINT },
    },
    params: endpointParams,
    body: z.object({ company_id: id.optional() }),
    authenticate: (call) => byBearer(gate, 'econsent', call, call.body.company_id),
    handle: ({ params, principal, heldKey }) =>
      madeOnce<RotatedSecret>({
        ctx,
        heldKey,
        change: (completion) =>
          rotateSecret({
            ctx,
            companyId: principal.company._id,
            caller: principal.caller,
            endpointId: params.endpoint_id,
            completion,
          }),
        answerOf: ({ secret, previousUntil }) => {
          const shown = { secret, previous_secret_until: previousUntil.toISOString() };
          return { ...createdWithSecret(shown, 'secret'), status: 200 };
        },
      }),
  });
}
