import type { Context } from '../../src/context';
import { database } from './collections';

/** Copies a database; gives what puts it back as it was. */
export async function backUp(ctx: Context): Promise<() => Promise<void>> {
  const db = database(ctx);
  const found = await db.listCollections({ type: 'collection' }, { nameOnly: true }).toArray();
  const copies = await Promise.all(
    found.map(async ({ name }) => [name, await db.collection(name).find().toArray()] as const),
  );
  return async () => {
    const restored = copies.map(async ([name, documents]) => {
      await db.collection(name).deleteMany({});
      if (documents.length > 0) await db.collection(name).insertMany(documents);
    });
    await Promise.all(restored);
  };
}
