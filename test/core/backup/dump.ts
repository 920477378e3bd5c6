import type { mongo } from 'mongoose';
import type { Context } from '../../../src/context';
import { database } from '../../helpers/collections';
import { fromEach } from '../../helpers/from-each';

/** Every document of every collection of both regions, as in a backup. */
export type Dump = Map<string, object[]>;

export async function dump(ctx: Context): Promise<Dump> {
  const copies: Dump = new Map();
  for (const { db, prefix, names } of await regions(ctx)) {
    for (const name of names) copies.set(prefix + name, []);
    const found = await fromEach<{ name: string; document: object }>(db, names, (name) => [
      { $project: { _id: 0, name: { $literal: name }, document: '$$ROOT' } },
    ]);
    for (const { name, document } of found) copies.get(prefix + name)?.push(document);
  }
  return copies;
}

/** Puts everything back as it was, and drops what came later. */
export async function restore(ctx: Context, copies: Dump): Promise<void> {
  for (const { db, prefix, names } of await regions(ctx)) {
    // One that is empty, as most are, costs no durable write.
    const filled = await fromEach<{ name: string }>(db, names, (name) => [
      { $limit: 1 },
      { $project: { _id: 0, name: { $literal: name } } },
    ]);
    await Promise.all(filled.map(({ name }) => db.collection(name).deleteMany({})));
    await Promise.all(
      names.map(async (name) => {
        const documents = copies.get(prefix + name) ?? [];
        if (documents.length > 0) await db.collection(name).insertMany(documents);
      }),
    );
  }
}

/** Where the collections are; names in the US region begin with `us/`. */
async function regions(ctx: Context): Promise<{ db: mongo.Db; prefix: string; names: string[] }[]> {
  const homes = [
    { db: database(ctx), prefix: '' },
    { db: database(ctx, 'us'), prefix: 'us/' },
  ];
  return Promise.all(
    homes.map(async (region) => {
      const names = (await region.db.collections()).map(({ collectionName }) => collectionName);
      return { ...region, names: names.filter((name) => !name.startsWith('system.')) };
    }),
  );
}
