import type { Context } from '../../context';
import { REGIONS } from '../../store/regions';
import { requireEndpoint } from './require-endpoint';

export const MAX_REPLAYED_COUNTED = 100_000;

/**
 * How many events `askForReplay` would send again; one more than `MAX_REPLAYED_COUNTED`: more than that.
 * @throws AppError webhook_endpoint_not_found
 */
export async function countReplayed({
  ctx,
  companyId,
  endpointId,
  since,
}: {
  ctx: Context;
  companyId: string;
  endpointId: string;
  since: Date;
}): Promise<number> {
  const { events } = await requireEndpoint({ ctx, companyId, endpointId });
  const limit = MAX_REPLAYED_COUNTED + 1;
  const counts = await Promise.all(
    REGIONS.map((region) =>
      ctx.store.regions[region].webhookEvents.countSince(companyId, since, events, limit),
    ),
  );
  return Math.min(
    limit,
    counts.reduce((sum, count) => sum + count, 0),
  );
}
