import type { Context } from '../../context';
import { type CallCount, createCounting } from './counting';
import { type Counted, policiesOf } from './policies';

/** Counts a call of a route for its caller; null when no limit applies. */
export type CountCall = (counted: Counted, api: string) => Promise<CallCount> | null;

/**
 * Makes the verb that holds companies and tokens to their limits. Without any it does no I/O.
 * @param now the time in milliseconds since 1970
 */
export function createCountCall({ ctx, now }: { ctx: Context; now: () => number }): CountCall {
  const count = createCounting({ ctx, now });
  return (counted, api) => {
    const policies = policiesOf(counted, api);
    return policies.length === 0 ? null : count(policies);
  };
}
