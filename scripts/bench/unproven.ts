import { readConfig } from '../../src/config';
import type { Context } from '../../src/context';
import { createContext } from '../../src/create-context';
import { database } from '../services/collections';
import type { Bench } from './part';

/** A database without a log beside the one with it. */
export interface Unproven {
  ctx: Context;
  /** Settings of a server on it. */
  env: Record<string, string>;
}

/** Runs `work` beside a database in which nothing is ever to be proven: no index knows of leaves. */
export async function withUnproven<Result>(
  { env }: Bench,
  work: (unproven: Unproven) => Promise<Result>,
): Promise<Result> {
  const uri = new URL(env.MONGODB_URI ?? '');
  uri.pathname += '_unproven';
  const own = { ...env, MONGODB_URI: uri.href, REDIS_PREFIX: 'bench-unproven' };
  const { ctx, close } = await createContext(readConfig({ ...own, LOG_LEVEL: 'silent' }), 'script');
  try {
    await ctx.store.createIndexes();
    for (const name of ['ledger_pages', 'audit_entries']) {
      for (const index of ['by_leaf', 'without_leaf']) {
        await database(ctx).collection(name).dropIndex(index);
      }
    }
    return await work({ ctx, env: own });
  } finally {
    await close();
  }
}
