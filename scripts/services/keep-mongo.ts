import mongoose from 'mongoose';
import { killWhenHung } from './hang-watch';
import { keepRunning, type KeptService } from './keep-running';
import { startMongo } from './mongo';
import type { Log, MongoHandle } from './types';

const NAME = 'Local MongoDB';

/**
 * Starts a local MongoDB and keeps it running, with its data and port, until it is stopped.
 * @param onReturn told when it has been started again, or answers again after more than 5 s
 */
export function keepMongoRunning({
  dataDir,
  log,
  onReturn = () => undefined,
}: {
  dataDir: string;
  log: Log;
  onReturn?: () => void;
}): Promise<KeptService<MongoHandle>> {
  let isFirst = true;
  const start = async (): Promise<MongoHandle> => {
    const mongo = await startMongo({ dataDir, log });
    if (mongo.mayHang) void watch(mongo, log, onReturn);
    if (!isFirst) onReturn();
    isFirst = false;
    return mongo;
  };
  return keepRunning(NAME, start, log);
}

async function watch(mongo: MongoHandle, log: Log, onSilence: () => void): Promise<void> {
  const client = new mongoose.mongo.MongoClient(mongo.uri, {
    directConnection: true,
    maxPoolSize: 1,
    serverSelectionTimeoutMS: 5_000,
    socketTimeoutMS: 5_000,
  });
  const ask = () => client.db('admin').command({ ping: 1 });
  try {
    await killWhenHung({ name: NAME, service: mongo, ask, log, onSilence });
  } finally {
    await client.close();
  }
}
