import type { Caller, Context } from '../../context';
import { invalid } from '../../errors';
import { pause } from '../../lib/pause';
import { newId } from '../../lib/random-ids';
import { retryOnDuplicate } from '../../store';
import type { WebhookEndpoint } from '../../store/webhook-endpoints';
import { newWebhookSecret } from '../../lib/standard-webhooks';
import { recordChange } from '../audit/record-change';
import type { Completion } from '../idempotency/commit-change';
import { type EndpointFields, readEndpointFields } from './endpoint-fields';
import { sealEndpointSecret } from './endpoint-secret';
import { LISTENING_MS } from './listening';

export const MAX_ENDPOINTS_PER_COMPANY = 50;
/** A timer may fire a little early. */
const TIMER_MS = 20;

/** A new endpoint, and its secret, which is never shown again. */
export interface CreatedEndpoint {
  endpoint: WebhookEndpoint;
  secret: string;
}

/**
 * Adds an endpoint. Whatever happens once this has returned, it is told.
 * @throws AppError invalid_request naming `url`, `events` or `description`, or `url` where the company
 *   has 50 endpoints
 */
export async function createEndpoint({
  ctx,
  companyId,
  caller,
  fields,
  completion,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  fields: EndpointFields & { url: string };
  completion?: Completion<CreatedEndpoint> | undefined;
}): Promise<CreatedEndpoint> {
  const read = readEndpointFields({ ctx, fields });
  const endpointId = newId('we');
  const secret = newWebhookSecret();
  const sealed = sealEndpointSecret({ ctx, endpointId, secret });
  const { webhookEndpoints } = ctx.store;
  // Of two at the same time one has the slot, and the other takes the next.
  const endpoint = await retryOnDuplicate(() =>
    ctx.store.transaction(async (session) => {
      const others = await webhookEndpoints.list(companyId, session);
      const slot = freeSlot(others);
      if (slot === null) {
        const max = String(MAX_ENDPOINTS_PER_COMPANY);
        throw invalid('url', `cannot be added: a company has at most ${max} endpoints`);
      }
      const added: WebhookEndpoint = {
        _id: endpointId,
        company_id: companyId,
        slot,
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
      await webhookEndpoints.insert(added, session);
      const action = 'webhook.created';
      await recordChange({ ctx, session, companyId, action, caller, reason: endpointId });
      await completion?.(session, { endpoint: added, secret });
      return added;
    }),
  );
  await untilListenedTo();
  return { endpoint, secret };
}

/** Until every process knows that somebody listens. */
export async function untilListenedTo(): Promise<void> {
  await pause(LISTENING_MS + TIMER_MS, new AbortController().signal);
}

function freeSlot(others: WebhookEndpoint[]): number | null {
  const taken = new Set(others.map(({ slot }) => slot));
  for (let slot = 0; slot < MAX_ENDPOINTS_PER_COMPANY; slot += 1) {
    if (!taken.has(slot)) return slot;
  }
  return null;
}
