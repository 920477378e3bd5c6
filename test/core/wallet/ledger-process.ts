import { type Check, createCheck } from '../../../src/core/verification/check';
import type { Context } from '../../../src/context';

/**
 * What befalls a process: MongoDB lets its transactions down, or it dies at the step that it reaches as
 * the n-th, between any two of whatever moves money.
 */
export type Fault = 'none' | 'no commit' | 'commit not acknowledged' | { diesAt: number };

/** A process that moves money. */
export interface LedgerProcess {
  ctx: Context;
  check: Check;
}

/** What whoever called a process that died is left with. */
export class Crash extends Error {}

/** Starts a process. Nothing is committed, and nothing answered, after a step at which it dies. */
export function startProcess(base: Context, fault: Fault): LedgerProcess {
  const { store } = base;
  const diesAt = typeof fault === 'object' ? fault.diesAt : Infinity;
  let steps = 0;
  const live = (): void => {
    if (steps >= diesAt) throw new Crash();
  };
  const faulty = (transaction: typeof store.transaction): typeof store.transaction => {
    return async (work) => {
      const result = await transaction(async (session) => {
        const done = await work(session);
        if (fault === 'no commit') throw networkError('ResetPool');
        live();
        return done;
      });
      if (fault === 'commit not acknowledged') {
        throw networkError('UnknownTransactionCommitResult');
      }
      return result;
    };
  };
  const { regions } = store;
  const home = { ...regions.default, transaction: faulty(regions.default.transaction) };
  const ctx: Context = {
    ...base,
    store: {
      ...store,
      transaction: faulty(store.transaction),
      regions: { ...regions, default: home },
    },
    // Follow-ups are steps of the test.
    outbox: { ...base.outbox, recorded: () => undefined },
    reach: () => {
      steps += 1;
      return steps >= diesAt ? Promise.reject(new Crash()) : Promise.resolve();
    },
  };
  return { ctx, check: createCheck({ ctx }) };
}

/** An error as the driver throws it. */
function networkError(label: string): Error {
  const name = 'MongoNetworkError';
  return Object.assign(new Error(name), { name, errorLabels: [label] });
}
