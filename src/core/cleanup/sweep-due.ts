import { sweepOrphanedUploads } from '../batches/discard-upload';
import type { Context } from '../../context';
import { isUnavailable } from '../../store';
import { errorForLog } from '../../telemetry/logger';
import { eachCompany } from '../companies/each-company';
import { type Held, underLease } from '../leases/under-lease';
import { sweepCompany } from './sweep-company';
import { sweepConsents } from './sweep-consents';
import { sweepTombstones } from './sweep-tombstones';
import { sweepUploads } from './sweep-uploads';

const LEASE_MS = 60_000;

/** `under_way`: another process is sweeping. */
export type Swept = 'done' | 'nothing_due' | 'under_way';

/**
 * Finds everything that is due by now, in bounded pages, and records clean-ups for the queue. One
 * sweep at a time; one that is interrupted is continued by the next at the company where it was.
 * @throws the first error of a company that could not be swept, once all others have been
 */
export async function sweepDue({
  ctx,
  signal,
  now,
}: {
  ctx: Context;
  signal: AbortSignal;
  now: Date;
}): Promise<Swept> {
  const swept = await underLease({
    ctx,
    name: 'sweep',
    leaseMs: LEASE_MS,
    signal,
    work: (held) => sweep(ctx, now, held),
  });
  return swept ?? 'under_way';
}

async function sweep(ctx: Context, now: Date, held: Held): Promise<Swept> {
  const { signal } = held;
  const orphans = await sweepOrphanedUploads({ ctx, now });
  if (orphans > 0) ctx.log.warn({ orphans }, 'removed uploads that were never completed');
  let recorded = await sweepUploads({ ctx, now, signal });
  let failure: unknown = null;
  for await (const company of eachCompany({ ctx, signal, after: held.cursor ?? '' })) {
    try {
      recorded += await sweepTombstones({ ctx, company, now, signal });
      recorded += await sweepCompany({ ctx, company, now, signal });
      recorded += await sweepConsents({ ctx, company, now, signal });
    } catch (error) {
      if (signal.aborted || isUnavailable(error)) throw error;
      ctx.log.error({ company_id: company._id, error: errorForLog(error) }, 'company not swept');
      failure ??= error;
    }
    await held.saveCursor(company._id);
  }
  await held.saveCursor(null);
  if (failure) throw failure as Error;
  return recorded > 0 ? 'done' : 'nothing_due';
}
