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
