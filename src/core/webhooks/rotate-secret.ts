import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import type { EndpointSecret } from '../../store/webhook-endpoints';
import { DAY_MS } from '../../lib/durations';
import { newWebhookSecret } from '../../lib/standard-webhooks';
import { recordChange } from '../audit/record-change';
import type { Completion } from '../idempotency/commit-change';
import { minting, REPEATED_WITHIN_MS } from '../idempotency/made-by-form';
import { openEndpointSecret, sealEndpointSecret } from './endpoint-secret';
import { requireEndpoint } from './require-endpoint';

/** So long the secret before signs along. */
export const SECRET_OVERLAP_MS = DAY_MS;

/** A new secret, never shown again, and until when the one before signs along. */
export interface RotatedSecret {
  secret: string;
  previousUntil: Date;
}

/**
 * Gives an endpoint a new secret; the one before signs along for 24 hours, those before that no more.
 * @param operationId names the form it was asked for with: a repeat gets the same secret for 10 minutes,
 *   so that a double click does not put away the one that receivers have
 * @throws AppError webhook_endpoint_not_found; already_exists for a later repeat
 */
export async function rotateSecret({
  ctx,
  companyId,
  caller,
  endpointId,
  operationId,
  completion,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  endpointId: string;
  operationId?: string | undefined;
  completion?: Completion<RotatedSecret> | undefined;
}): Promise<RotatedSecret> {
  const minted = minting({ ctx, companyId, operationId, input: endpointId });
  const secret = newWebhookSecret(minted.bytes('rotated whsec'));
  const sealed = sealEndpointSecret({ ctx, endpointId, secret });
  return ctx.store.transaction(async (session) => {
    const { secrets: before } = await requireEndpoint({ ctx, companyId, endpointId, session });
    const [current] = before;
    if (!current) throw new AppError('webhook_endpoint_not_found');
    const isMade = openEndpointSecret({ ctx, endpointId, sealed: current.sealed }) === secret;
    if (isMade) return { secret, previousUntil: endOfRepeated(ctx, before) };
    const previousUntil = new Date(ctx.now().getTime() + SECRET_OVERLAP_MS);
    const secrets = [
      { sealed, until: null },
      { sealed: current.sealed, until: previousUntil },
    ];
    await ctx.store.webhookEndpoints.change(companyId, endpointId, { secrets }, session);
    const action = 'webhook.secret_rotated';
    await recordChange({ ctx, session, companyId, action, caller, reason: endpointId });
    await completion?.(session, { secret, previousUntil });
    return { secret, previousUntil };
  });
}

/** Until when the secret before signs along, where the same form was sent a moment ago. */
function endOfRepeated(ctx: Context, [, previous]: EndpointSecret[]): Date {
  const until = previous?.until;
  const rotatedAt = until ? until.getTime() - SECRET_OVERLAP_MS : 0;
  if (!until || rotatedAt < ctx.now().getTime() - REPEATED_WITHIN_MS) {
    throw new AppError('already_exists');
  }
  return until;
}
