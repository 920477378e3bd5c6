import { isDeepStrictEqual } from 'node:util';
import type { Caller, Context } from '../../context';
import { AppError, invalid } from '../../errors';
import type { WebhookEndpoint } from '../../store/webhook-endpoints';
import { recordChange } from '../audit/record-change';
import { type EndpointFields, readEndpointFields } from './endpoint-fields';
import { untilListenedTo } from './listening';
import { requireEndpoint } from './require-endpoint';

/**
 * Changes an endpoint. One that is disabled is sent nothing, and what waits for it is given up; one
 * that is enabled again is told of whatever happens once this has returned. With another URL it is
 * taken for one that has not failed yet.
 * @throws AppError webhook_endpoint_not_found; invalid_request naming `url`, `events` or `description`,
 *   or `body` where no field is named
 */
export async function changeEndpoint({
  ctx,
  companyId,
  caller,
  endpointId,
  fields,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  endpointId: string;
  fields: EndpointFields & { enabled?: boolean | undefined };
}): Promise<WebhookEndpoint> {
  if (Object.values(fields).every((value) => value === undefined)) {
    throw invalid('body', 'must name url, events, description or enabled');
  }
  const read = readEndpointFields({ ctx, fields });
  const { webhookEndpoints } = ctx.store;
  const { before, after } = await ctx.store.transaction(async (session) => {
    const found = await requireEndpoint({ ctx, companyId, endpointId, session });
    const change = { ...differing(found, read), ...switched(ctx, found, fields.enabled) };
    if (Object.keys(change).length === 0) return { before: found, after: found };
    const changed = await webhookEndpoints.change(companyId, endpointId, change, session);
    if (!changed) throw new AppError('webhook_endpoint_not_found');
    const names = Object.keys(change).filter((name) => name in fields);
    const reason = `${endpointId}: ${names.join(', ')}`;
    const action = 'webhook.changed';
    await recordChange({ ctx, session, companyId, action, caller, reason });
    return { before: found, after: changed };
  });
  if (after.enabled && !before.enabled) await untilListenedTo();
  return after;
}

/** What is other than before; an audit entry of nothing helps nobody. */
function differing(
  before: WebhookEndpoint,
  read: ReturnType<typeof readEndpointFields>,
): Partial<WebhookEndpoint> {
  const change = Object.fromEntries(
    Object.entries(read).filter(
      ([name, value]) => !isDeepStrictEqual(value, before[name as keyof WebhookEndpoint]),
    ),
  );
  return { ...change, ...('url' in change && { failing_since: null }) };
}

function switched(
  ctx: Context,
  before: WebhookEndpoint,
  enabled: boolean | undefined,
): Partial<WebhookEndpoint> {
  if (enabled === undefined || enabled === before.enabled) return {};
  if (!enabled) {
    return { enabled, disabled_reason: 'by_company', disabled_at: ctx.now(), replay: null };
  }
  const afresh = { failing_since: null, replay: null };
  return { enabled, disabled_reason: null, disabled_at: null, ...afresh };
}
