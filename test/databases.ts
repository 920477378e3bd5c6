import { constants, setPriority } from 'node:os';
import mongoose from 'mongoose';
import { compileOnce } from './compile-once';
import { DescribedAnswers } from './described-answers';
import { fromEach } from './helpers/from-each';
import { endLeftovers, noteLeftovers } from './leftovers';
import { OneRealmEnvironment } from './one-realm';

compileOnce();
noteLeftovers();

type Db = mongoose.mongo.Db;

/** The databases that have all collections and indexes, by their addresses. */
const indexedDatabases = new Set<string>();

/** For `helpers/described.ts`. */
const describedAnswers = new DescribedAnswers();

/** Above this many documents a collection is dropped, which is faster than emptying it. */
const FEW_DOCUMENTS = 2_000;

/**
 * Gives each test file databases of its own and, once all its hooks have run, empties those that the
 * next file uses again and drops the others: with those of the whole suite, each index a file, MongoDB
 * runs out of open files.
 */
export default class DatabasesEnvironment extends OneRealmEnvironment {
  private readonly databases = {
    dropped: [] as string[],
    reused: [] as string[],
    free: [] as string[],
  };

  constructor(...args: ConstructorParameters<typeof OneRealmEnvironment>) {
    super(...args);
    const [, { testPath }] = args;
    takeTurn(testPath);
  }

  override async setup(): Promise<void> {
    await super.setup();
    this.global.testDatabases = this.databases;
    this.global.emptyDatabase = (name: string) => withClient((client) => emptyAll(client, [name]));
    this.global.testClosers = [];
    this.global.indexedDatabases = indexedDatabases;
    this.global.describedAnswers = describedAnswers;
  }

  /** Closes what helpers opened for the file, while its modules are still there. */
  async handleTestEvent({ name }: { name: string }): Promise<void> {
    if (name !== 'run_finish') return;
    for (const close of this.global.testClosers as (() => Promise<void>)[]) await close();
  }

  override async teardown(): Promise<void> {
    const { dropped, reused } = this.databases;
    if (dropped.length + reused.length > 0) {
      await withClient(async (client) => {
        for (const db of withRegions(client, dropped)) await db.dropDatabase();
        await emptyAll(client, reused);
      });
    }
    await super.teardown();
    endLeftovers();
  }
}

/**
 * Files that start servers of their own come first for the processor, as the services that all files
 * share do: a replica set that is starved elects another primary, and would never come to rest.
 */
function takeTurn(testPath: string): void {
  // Nobody else may take the first place again.
  if (process.getuid?.() !== 0) return;
  const { PRIORITY_NORMAL, PRIORITY_BELOW_NORMAL } = constants.priority;
  setPriority(testPath.includes('/test/faults/') ? PRIORITY_NORMAL : PRIORITY_BELOW_NORMAL);
}

async function withClient(work: (client: mongoose.mongo.MongoClient) => Promise<void>) {
  const uri = process.env.TEST_MONGODB_URI;
  if (!uri) return;
  const client = await mongoose.mongo.MongoClient.connect(uri);
  try {
    await work(client);
  } finally {
    await client.close();
  }
}

async function emptyAll(client: mongoose.mongo.MongoClient, names: string[]): Promise<void> {
  for (const db of withRegions(client, names)) {
    if (await empty(db)) continue;
    // Some other database may be among its regions.
    for (const place of indexedDatabases) {
      if (place.includes(db.databaseName.replace(/_us$/, ''))) indexedDatabases.delete(place);
    }
  }
}

/** The second database is the US region's. */
function withRegions(client: mongoose.mongo.MongoClient, names: string[]): Db[] {
  return names.flatMap((name) => [client.db(name), client.db(`${name}_us`)]);
}

/** @returns whether all of its collections are still there */
async function empty(db: Db): Promise<boolean> {
  const names = (await db.collections()).map(({ collectionName }) => collectionName);
  // What the profiler wrote cannot be deleted one by one.
  const profiles = names.filter((name) => name.startsWith('system.'));
  const others = names.filter((name) => !profiles.includes(name));
  const counted = await fromEach<{ name: string; count: number }>(db, others, (name) => [
    { $collStats: { count: {} } },
    { $project: { _id: 0, name: { $literal: name }, count: 1 } },
  ]);
  const few = counted.filter(({ count }) => count > 0 && count <= FEW_DOCUMENTS);
  const many = counted.filter(({ count }) => count > FEW_DOCUMENTS);
  const dropped = [...profiles, ...many.map(({ name }) => name)];
  await Promise.all([
    ...few.map(({ name }) => db.collection(name).deleteMany({})),
    ...dropped.map((name) => db.collection(name).drop()),
  ]);
  return many.length === 0;
}
