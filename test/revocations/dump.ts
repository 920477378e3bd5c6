import type { Context } from '../../src/context';

/** Every document of every collection, as a backup holds them. */
export type Dump = Map<string, object[]>;

export async function dump(ctx: Context): Promise<Dump> {
  const copies: Dump = new Map();
  for (const collection of await collections(ctx)) {
    copies.set(collection.collectionName, await collection.find().toArray());
  }
  return copies;
}

/** Puts everything back as it was: what came later is gone. */
export async function restore(ctx: Context, copies: Dump): Promise<void> {
  for (const collection of await collections(ctx)) {
    await collection.deleteMany({});
    const documents = copies.get(collection.collectionName) ?? [];
    if (documents.length > 0) await collection.insertMany(documents);
  }
}

async function collections(ctx: Context) {
  const found = await ctx.store.certificates.model.db.db?.collections();
  return found?.filter(({ collectionName }) => !collectionName.startsWith('system.')) ?? [];
}
