import { readConfig } from '../../src/config';
import type { Context } from '../../src/context';
import { createContext } from '../../src/create-context';
import type { Bench } from './part';

/** A database beside the one of the other parts. */
export interface OtherDatabase {
  ctx: Context;
  /** Settings of processes on it. */
  env: Record<string, string>;
}

/** Runs `work` on a database of its own. */
export async function withOtherDatabase<Result>(
  { env }: Bench,
  name: string,
  work: (other: OtherDatabase) => Promise<Result>,
): Promise<Result> {
  const uri = new URL(env.MONGODB_URI ?? '');
  uri.pathname += `_${name}`;
  const own = { ...env, MONGODB_URI: uri.href, REDIS_PREFIX: `bench-${name}` };
  const { ctx, close } = await createContext(readConfig({ ...own, LOG_LEVEL: 'silent' }), 'script');
  try {
    await ctx.store.createIndexes();
    return await work({ ctx, env: own });
  } finally {
    await close();
  }
}
