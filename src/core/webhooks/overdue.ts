import type { Context } from '../../context';
import { distinct } from '../../lib/distinct';
import { isUnavailable } from '../../store';
import { REGIONS } from '../../store/regions';
import type { OverdueOf } from '../../store/webhook-events';

/**
 * Who has an endpoint that is enabled and has not acknowledged revocations within ten business days.
 * While the database of the US region is away, its revocations are left out.
 * @param ownerId whose revocations; left out: anybody's
 */
export async function findOverdue({
  ctx,
  ownerId,
}: {
  ctx: Context;
  ownerId?: string | undefined;
}): Promise<OverdueOf[]> {
  const now = ctx.now();
  const found: OverdueOf[] = [];
  for (const region of REGIONS) {
    const { webhookEvents } = ctx.store.regions[region];
    const reading = webhookEvents.overdue(ownerId, now);
    const read = region === 'default' ? await reading : await orNothing(reading);
    found.push(...read);
  }
  const companyIds = found.map(({ company_id }) => company_id);
  const listening = await companiesWithEndpoints({ ctx, companyIds });
  return found.filter(({ company_id }) => listening.has(company_id));
}

async function orNothing<T>(reading: Promise<T[]>): Promise<T[]> {
  try {
    return await reading;
  } catch (error) {
    if (isUnavailable(error)) return [];
    throw error;
  }
}

/** Which of these companies have an endpoint that is enabled. */
export async function companiesWithEndpoints({
  ctx,
  companyIds,
}: {
  ctx: Context;
  companyIds: string[];
}): Promise<Set<string>> {
  const ids = distinct(companyIds);
  if (ids.length === 0) return new Set();
  const endpoints = await ctx.store.webhookEndpoints.findEnabled(ids);
  return new Set(endpoints.map(({ company_id }) => company_id));
}
