import type { Context } from '../../../src/context';
import { database } from '../../helpers/collections';

/** Every document of every collection of both regions, as in a backup. */
export type Dump = Map<string, object[]>;

export async function dump(ctx: Context): Promise<Dump> {
  const named = await collections(ctx);
  const copies = named.map(async ([name, collection]) => {
    return [name, await collection.find().toArray()] as const;
  });
  return new Map(await Promise.all(copies));
}

/** Puts everything back as it was, and drops what came later. */
export async function restore(ctx: Context, copies: Dump): Promise<void> {
  const named = await collections(ctx);
  const back = named.map(async ([name, collection]) => {
    // One that is empty, as most are, costs no durable write.
    if ((await collection.estimatedDocumentCount()) > 0) await collection.deleteMany({});
    const documents = copies.get(name) ?? [];
    if (documents.length > 0) await collection.insertMany(documents);
  });
  await Promise.all(back);
}

/** By name; names in the US region begin with `us/`. */
async function collections(ctx: Context) {
  const home = await database(ctx).collections();
  const us = await database(ctx, 'us').collections();
  const named = [
    ...home.map((collection) => [collection.collectionName, collection] as const),
    ...us.map((collection) => [`us/${collection.collectionName}`, collection] as const),
  ];
  return named.filter(([, { collectionName }]) => !collectionName.startsWith('system.'));
}
