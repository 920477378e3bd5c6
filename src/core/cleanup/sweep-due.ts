import { sweepOrphanedUploads } from '../batches/discard-upload';
import type { Context } from '../../context';
import { isUnavailable } from '../../store';
import { errorForLog } from '../../telemetry/logger';
import { eachCompany } from '../companies/each-company';
import { sweepCompany } from './sweep-company';
import { sweepConsents } from './sweep-consents';
import { sweepUploads } from './sweep-uploads';

/**
 * Finds everything that is due by now, in bounded pages, and records clean-ups for the queue. What a
 * crash leaves out is found by the next sweep.
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
}): Promise<'done' | 'nothing_due'> {
  const orphans = await sweepOrphanedUploads({ ctx, now });
  if (orphans > 0) ctx.log.warn({ orphans }, 'removed uploads that were never completed');
  let recorded = await sweepUploads({ ctx, now, signal });
  let failure: unknown = null;
  for await (const company of eachCompany({ ctx, signal })) {
    try {
      recorded += await sweepCompany({ ctx, company, now, signal });
      recorded += await sweepConsents({ ctx, company, now, signal });
    } catch (error) {
      if (signal.aborted || isUnavailable(error)) throw error;
      ctx.log.error({ company_id: company._id, error: errorForLog(error) }, 'company not swept');
      failure ??= error;
    }
  }
  if (failure) throw failure as Error;
  return recorded > 0 ? 'done' : 'nothing_due';
}
