import type mongoose from 'mongoose';
import type { Context } from '../../src/context';
import { REGIONS } from '../../src/store/regions';
import { database } from '../services/collections';
import type { Bench } from './part';

/** Bytes in the database that each of so many calls, rows or documents adds. */
export async function grown(
  { ctx, say }: Bench,
  count: number,
  write: () => Promise<void>,
): Promise<number> {
  const before = await storedNow(ctx);
  await write();
  const after = await storedNow(ctx);
  let sum = 0;
  for (const [name, bytes] of after) {
    const added = (bytes - (before.get(name) ?? 0)) / count;
    if (Math.round(added) > 0) say(`  ${name}: ${added.toFixed(0)} B each`);
    sum += added;
  }
  return sum;
}

/** Of each collection the documents as they are and the files of the indexes, once all is written. */
async function storedNow(ctx: Context): Promise<Map<string, number>> {
  await database(ctx).admin().command({ fsync: 1 });
  const stored = new Map<string, number>();
  for (const region of REGIONS) {
    const db = database(ctx, region);
    for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) {
      stored.set(`${db.databaseName}.${name}`, await storedIn(db.collection(name)));
    }
  }
  return stored;
}

async function storedIn(collection: mongoose.mongo.Collection): Promise<number> {
  interface Stats {
    storageStats: { size: number; totalIndexSize: number };
  }
  const [stats] = await collection
    .aggregate<Stats>([{ $collStats: { storageStats: {} } }])
    .toArray();
  const { size = 0, totalIndexSize = 0 } = stats?.storageStats ?? {};
  return size + totalIndexSize;
}
