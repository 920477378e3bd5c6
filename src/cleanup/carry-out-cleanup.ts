import type { Context } from '../context';
import { AppError } from '../errors';

/** Carries out one clean-up. */
export function carryOutCleanup(_input: {
  ctx: Context;
  cleanupId: string;
  signal: AbortSignal;
}): Promise<string> {
  return Promise.reject(new AppError('internal'));
}
