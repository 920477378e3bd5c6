import type { Context } from '../../src/context';
import { flagRevocation } from '../../src/core/revocations/flag-revocation';
import { isUnavailable } from '../../src/store';
import { errorForLog } from '../../src/telemetry/logger';
import { inParallel } from './in-parallel';
import { ago, LEFT_ALONE_MS } from './left-alone';

const PAGE_SIZE = 500;

/**
 * Sets the flags that a process which died left unset. Every worker does it, without a lease: flags
 * must not wait until that of a dead holder lapses, and setting one twice does no harm.
 */
export async function setMissingFlags(ctx: Context): Promise<void> {
  const found = await ctx.store.revocations.findUnflagged(ago(ctx, LEFT_ALONE_MS), PAGE_SIZE);
  await inParallel(found, async ({ _id: revocationId }) => {
    try {
      await flagRevocation({ ctx, revocationId });
      ctx.log.warn({ revocation_id: revocationId }, 'set flags that another process left unset');
    } catch (error) {
      if (isUnavailable(error)) throw error;
      // One that cannot be flagged must not hold up the others.
      ctx.log.error({ revocation_id: revocationId, error: errorForLog(error) }, 'not flagged');
    }
  });
}
