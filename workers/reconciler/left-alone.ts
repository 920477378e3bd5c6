import type { Context } from '../../src/context';

/** Younger records are most likely still being handled by the process that wrote them. */
export const LEFT_ALONE_MS = 2_000;

export function ago(ctx: Context, ms: number): Date {
  return new Date(ctx.now().getTime() - ms);
}
