import { database } from '../services/collections';
import { type OtherDatabase, withOtherDatabase } from './other-database';
import type { Bench } from './part';

/** Runs `work` beside a database in which nothing is ever to be proven: no index knows of leaves. */
export function withUnproven<Result>(
  bench: Bench,
  work: (unproven: OtherDatabase) => Promise<Result>,
): Promise<Result> {
  return withOtherDatabase(bench, 'unproven', async (other) => {
    for (const name of ['ledger_pages', 'audit_entries']) {
      for (const index of ['by_leaf', 'without_leaf']) {
        await database(other.ctx).collection(name).dropIndex(index);
      }
    }
    return work(other);
  });
}
