import type { Context } from '../../context';
import { type Region, REGIONS } from '../../store/regions';

/** A log of which nothing more is published. */
export interface StoppedLog {
  region: Region;
  /** What a witness knows. */
  reason: string;
  at: Date;
}

/** The logs that a witness has stopped, as it knows more of them than the database has. */
export async function findStoppedLogs({ ctx }: { ctx: Context }): Promise<StoppedLog[]> {
  const found = await Promise.all(
    REGIONS.map(async (region): Promise<StoppedLog[]> => {
      const head = await ctx.store.regions[region].proofLog.head();
      if (!head?.stopped_reason) return [];
      return [{ region, reason: head.stopped_reason, at: head.stopped_at ?? head.created_at }];
    }),
  );
  return found.flat();
}
