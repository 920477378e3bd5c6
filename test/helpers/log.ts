import type { Context } from '../../src/context';
import { growOnce } from '../../src/core/proof/grow-log';
import { openLog } from '../../src/core/proof/open-log';
import type { LogHead } from '../../src/store/proof-log';
import type { Region } from '../../src/store/regions';

/** Puts everything recorded so far into a region's log and publishes it, as a worker does. */
export async function growLogNow(ctx: Context, region: Region = 'default'): Promise<void> {
  const { _id } = await openLog({ ctx, region });
  let head: LogHead = await ctx.store.regions[region].proofLog.takeOver(_id);
  for (;;) {
    const grown = await growOnce({ ctx, region, head });
    if (!grown) throw new Error('another process has taken the log over');
    if (!grown.isMore) return;
    head = grown.head;
  }
}
