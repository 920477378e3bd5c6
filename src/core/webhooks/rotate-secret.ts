import type { Caller, Context } from '../../context';
import { AppError } from '../../errors';
import { DAY_MS } from '../../lib/durations';
import { newWebhookSecret } from '../../lib/standard-webhooks';
import { recordChange } from '../audit/record-change';
import type { Completion } from '../idempotency/commit-change';
import { sealEndpointSecret } from './endpoint-secret';

/** So long the secret before signs along. */
const OVERLAP_MS = DAY_MS;

/** A new secret, never shown again, and until when the one before signs along. */
export interface RotatedSecret {
  secret: string;
  previousUntil: Date;
}

/**
 * Gives an endpoint a new secret; the one before signs along for 24 hours, those before that no more.
 * @throws AppError webhook_endpoint_not_found
 */
export async function rotateSecret({
  ctx,
  companyId,
  caller,
  endpointId,
  completion,
}: {
  ctx: Context;
  companyId: string;
  caller: Caller;
  endpointId: string;
  completion?: Completion<RotatedSecret> | undefined;
}): Promise<RotatedSecret> {
  const secret = newWebhookSecret();
  const sealed = sealEndpointSecret({ ctx, endpointId, secret });
  return ctx.store.transaction(async (session) => {
    const found = await ctx.store.webhookEndpoints.find(endpointId, session);
    const [current] = found?.secrets ?? [];
    if (found?.company_id !== companyId || !current) {
      throw new AppError('webhook_endpoint_not_found');
    }
    const previousUntil = new Date(ctx.now().getTime() + OVERLAP_MS);
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
