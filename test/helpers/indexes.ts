import type { Context } from '../../src/context';
import { openStore } from '../../src/store';

/** Making them takes long where many do it at a time: longer than a web process waits for MongoDB. */
const PATIENT = { operationTimeoutMs: 60_000, maxTimeMs: null };

/** Creates the collections and indexes of a context's databases, once for all files that use these. */
export async function ensureIndexes({ config }: Context): Promise<void> {
  const { mongodbUri, mongodbUriUs } = config;
  const place = [mongodbUri, mongodbUriUs].join(' ');
  // See databases.ts.
  const { indexedDatabases } = globalThis as unknown as { indexedDatabases: Set<string> };
  if (indexedDatabases.has(place)) return;
  const store = await openStore(mongodbUri, { ...PATIENT, usUri: mongodbUriUs });
  try {
    await store.createIndexes();
  } finally {
    await store.close();
  }
  indexedDatabases.add(place);
}
