import type { Caller, Context } from '../../context';
import { AppError, invalid } from '../../errors';
import { retryOnDuplicate } from '../../store';
import type { WebhookEndpoint } from '../../store/webhook-endpoints';
import { newWebhookSecret } from '../../lib/standard-webhooks';
import { recordChange } from '../audit/record-change';
import type { Completion } from '../idempotency/commit-change';
import { madeByForm, minting } from '../idempotency/made-by-form';
import { type EndpointFields, readEndpointFields } from './endpoint-fields';
import { sealEndpointSecret } from './endpoint-secret';
import { untilListenedTo } from './listening';

export const MAX_ENDPOINTS_PER_COMPANY = 50;

/** A new endpoint, and its secret, which is never shown again. */
export interface CreatedEndpoint {
  endpoint: WebhookEndpoint;
  secret: string;
}

/**
 * Adds an endpoint. Whatever happens once this has returned, it is told.
 * @param operationId names the form it was asked for with: a repeat gets the same endpoint for 10 minutes
 * @throws AppError invalid_request naming `url`, `events` or `description`, or `url` where the company
 *   has 50 endpoints; already_exists for a later repeat
 */
export async function createEndpoint({
  ctx,
  companyId,
  caller,
  fields,
  operationId,
  completion,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  fields: EndpointFields & { url: string };
  operationId?: string | undefined;
  completion?: Completion<CreatedEndpoint> | undefined;
}): Promise<CreatedEndpoint> {
  const read = readEndpointFields({ ctx, fields });
  const minted = minting({ ctx, companyId, operationId, input: read });
  const endpointId = minted.id('we');
  const secret = newWebhookSecret(minted.bytes('whsec'));
  const sealed = sealEndpointSecret({ ctx, endpointId, secret });
  const first: WebhookEndpoint = {
    _id: endpointId,
    company_id: companyId,
    slot: 0,
    url: fields.url,
    events: null,
    description: '',
    enabled: true,
    disabled_reason: null,
    disabled_at: null,
    secrets: [{ sealed, until: null }],
    sequence: 0,
    created_at: ctx.now(),
    last_success_at: null,
    failing_since: null,
    last_failure: null,
    replay: null,
    ...read,
  };
  const { webhookEndpoints } = ctx.store;
  const made = (endpoint: WebhookEndpoint): CreatedEndpoint => ({ endpoint, secret });
  let before: WebhookEndpoint | null = null;
  const created = await madeByForm({
    ctx,
    operationId,
    make: async () => made(await add({ ctx, caller, first, completion, secret })),
    findMade: async () => {
      before = await webhookEndpoints.find(endpointId);
      // Once it has another secret, the one that was made first is nothing to show.
      return before?.secrets.length === 1 ? before.created_at : null;
    },
    again: () => made(before ?? first),
  });
  await untilListenedTo();
  return created;
}

/** Of two at the same time one has the slot, and the other takes the next. */
function add({
  ctx,
  caller,
  first,
  completion,
  secret,
}: {
  ctx: Context;
  caller: Caller;
  first: WebhookEndpoint;
  completion: Completion<CreatedEndpoint> | undefined;
  secret: string;
}): Promise<WebhookEndpoint> {
  const { _id: endpointId, company_id: companyId } = first;
  return retryOnDuplicate(() =>
    ctx.store.transaction(async (session) => {
      const others = await ctx.store.webhookEndpoints.list(companyId, session);
      if (others.some(({ _id }) => _id === endpointId)) throw new AppError('already_exists');
      const slot = freeSlot(others);
      if (slot === null) {
        const max = String(MAX_ENDPOINTS_PER_COMPANY);
        throw invalid('url', `cannot be added: a company has at most ${max} endpoints`);
      }
      const added = { ...first, slot };
      await ctx.store.webhookEndpoints.insert(added, session);
      const action = 'webhook.created';
      await recordChange({ ctx, session, companyId, action, caller, reason: endpointId });
      await completion?.(session, { endpoint: added, secret });
      return added;
    }),
  );
}

/** Any of those that are free, so that many at the same time seldom want the same one. */
function freeSlot(others: WebhookEndpoint[]): number | null {
  const taken = new Set(others.map(({ slot }) => slot));
  const all = Array.from({ length: MAX_ENDPOINTS_PER_COMPANY }, (_, slot) => slot);
  const free = all.filter((slot) => !taken.has(slot));
  return free[Math.floor(Math.random() * free.length)] ?? null;
}
