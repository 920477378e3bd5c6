import type { Context } from '../../context';
import { type LogHead, OLDER_LOG } from '../../store/proof-log';
import type { Region } from '../../store/regions';
import { firstOrigin, newLog, otherOrigin } from './new-log';
import { isAnythingOlder } from './older-log';

/** The log of a region, which is begun if there is none; what is older gets into one of its own first. */
export async function openLog({ ctx, region }: { ctx: Context; region: Region }): Promise<LogHead> {
  const { proofLog } = ctx.store.regions[region];
  for (;;) {
    const head = await proofLog.head();
    if (head) return head;
    const first = firstOrigin({ ctx, region });
    const origin = otherOrigin({ ctx, first, log: OLDER_LOG });
    const isOlder = await isAnythingOlder({ ctx, region });
    await proofLog.begin(
      newLog(isOlder ? { ctx, origin, log: OLDER_LOG } : { ctx, origin: first }),
    );
  }
}
