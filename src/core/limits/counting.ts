import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { Policy } from './policies';
import { SharedWindows } from './shared-windows';
import { KnownWindows, type Window } from './windows';

/** What a limit has left after a call. */
export interface Quota {
  name: string;
  max: number;
  windowSeconds: number;
  remaining: number;
  /** Seconds until its window ends. */
  resetSeconds: number;
}

/** The outcome of counting a call; a refused one is not counted anywhere. */
export interface CallCount {
  quotas: Quota[];
  /** Undefined when the call is within all limits. */
  refusal: AppError | undefined;
}

/** Counts a call under each of these limits, or under none when one of them is reached. */
export type Count = (policies: Policy[]) => Promise<CallCount>;

/**
 * Makes the function that counts. Counts are kept in Redis; while that is away the process counts by itself, from the last counts it
 * saw.
 * @param now the time in milliseconds since 1970
 */
export function createCounting({ ctx, now }: { ctx: Context; now: () => number }): Count {
  const known = new KnownWindows();
  const shared = new SharedWindows(ctx);
  const learn = (policies: Policy[], windows: Window[], at: number): void => {
    policies.forEach((policy, index) => {
      const window = windows[index];
      if (window) known.learn(policy, window, at);
    });
  };
  const count: Count = async (policies) => {
    const at = now();
    const before = policies.map((policy) => known.open(policy, at));
    // Full here means full in Redis, which a flood of refused calls must not reach.
    if (isFull(policies, before)) return refused(policies, before, at);
    const together = await shared.count(policies, before, at);
    const windows = together?.windows ?? policies.map((policy) => known.open(policy, at));
    const counted = together?.counted ?? !isFull(policies, windows);
    if (!counted) {
      learn(policies, windows, at);
      return refused(policies, windows, at);
    }
    const after = together
      ? windows
      : windows.map(({ start, count }) => ({ start, count: count + 1 }));
    learn(policies, after, at);
    return { quotas: quotas(policies, after, at), refusal: undefined };
  };
  return count;
}

function isFull(policies: Policy[], windows: Window[]): boolean {
  return policies.some(({ max }, at) => (windows[at]?.count ?? 0) >= max);
}

/** Names the limit with the longest wait; of several, the first. */
function refused(policies: Policy[], windows: Window[], now: number): CallCount {
  const all = quotas(policies, windows, now);
  const full = all.map((quota, at) => ({ ...quota, refusal: policies[at]?.refusal }));
  const [longest] = full
    .filter(({ remaining }) => remaining === 0)
    .sort((a, b) => b.resetSeconds - a.resetSeconds);
  const refusal = new AppError(longest?.refusal ?? 'too_many_requests', {
    retryAfterSeconds: longest?.resetSeconds ?? 1,
  });
  return { quotas: all, refusal };
}

function quotas(policies: Policy[], windows: Window[], now: number): Quota[] {
  return policies.map(({ name, max, windowMs }, at) => {
    const { start, count } = windows[at] ?? { start: now, count: 0 };
    return {
      name,
      max,
      windowSeconds: windowMs / 1_000,
      remaining: Math.max(max - count, 0),
      resetSeconds: Math.max(Math.ceil((start + windowMs - now) / 1_000), 1),
    };
  });
}
