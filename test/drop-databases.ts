import { TestEnvironment } from 'jest-environment-node';
import mongoose from 'mongoose';

/**
 * Drops the databases of a test file once all its hooks have run: with those of the whole suite, each
 * index a file, MongoDB runs out of open files.
 */
export default class DroppingEnvironment extends TestEnvironment {
  override async setup(): Promise<void> {
    await super.setup();
    this.global.testDatabases = [];
    this.global.testClosers = [];
  }

  /** Closes what helpers opened for the file, while its modules are still there. */
  async handleTestEvent({ name }: { name: string }): Promise<void> {
    if (name !== 'run_finish') return;
    for (const close of this.global.testClosers as (() => Promise<void>)[]) await close();
  }

  override async teardown(): Promise<void> {
    const names = this.global.testDatabases as string[];
    const uri = process.env.TEST_MONGODB_URI;
    if (uri && names.length > 0) await drop(uri, names);
    await super.teardown();
  }
}

async function drop(uri: string, names: string[]): Promise<void> {
  const client = await mongoose.mongo.MongoClient.connect(uri);
  try {
    for (const name of names) {
      // The second one is the US region's.
      await client.db(name).dropDatabase();
      await client.db(`${name}_us`).dropDatabase();
    }
  } finally {
    await client.close();
  }
}
