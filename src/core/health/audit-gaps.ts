import type { Context } from '../../context';
import { DAY_MS } from '../../lib/durations';

/** Closed ones are still told for a day: whoever was asleep is to know. */
const TOLD_FOR_MS = DAY_MS;

/** Revoked certificates that the audit lacked, or named more than once. */
export interface AuditGaps {
  found: number;
  /** How many of them are still not right. */
  left: number;
  /** When they were found. */
  at: Date;
}

/** What the last proof of the audit has left, or one of the last day has found; null: nothing. */
export async function findAuditGaps({ ctx }: { ctx: Context }): Promise<AuditGaps | null> {
  const proof = await ctx.store.auditProofs.find();
  if (!proof?.last_gap) return null;
  const { left, last_gap } = proof;
  const isRecent = ctx.now().getTime() - last_gap.at.getTime() < TOLD_FOR_MS;
  return left > 0 || isRecent ? { ...last_gap, left } : null;
}
