import type { Context } from '../../../src/context';

/** The context of a process that crashes when it reaches `step`. */
export function crashAt(ctx: Context, step: string): Context {
  return {
    ...ctx,
    reach: (reached) =>
      reached === step ? Promise.reject(new Error(`crash at ${step}`)) : Promise.resolve(),
  };
}
