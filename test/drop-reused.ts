import mongoose from 'mongoose';

/** Drops the databases that the files of this run have used again, when all of them have ended. */
export default async function dropReused(): Promise<void> {
  const { TEST_MONGODB_URI: uri, TEST_DATABASES: prefix } = process.env;
  if (!uri || !prefix) return;
  const client = await mongoose.mongo.MongoClient.connect(uri);
  try {
    const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true });
    for (const { name } of databases) {
      if (name.startsWith(prefix)) await client.db(name).dropDatabase();
    }
  } finally {
    await client.close();
  }
}
