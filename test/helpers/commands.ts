import mongoose, { type mongo } from 'mongoose';
import type { Config } from '../../src/config';

/** Settings under which the driver reports the commands that it sends. */
export function watched(config: Config): Config {
  return { ...config, mongodbUri: `${config.mongodbUri}&monitorCommands=true` };
}

/**
 * The commands that `work` made watched connections send to MongoDB.
 * @param isWanted asked in the asynchronous context from which a command is sent
 */
export async function commandsOf(
  work: () => Promise<unknown>,
  isWanted: () => boolean = () => true,
): Promise<mongo.Document[]> {
  const sent: mongo.Document[] = [];
  const note = ({ command }: mongo.CommandStartedEvent) => {
    if (isWanted()) sent.push(command);
  };
  const clients = mongoose.connections
    .filter(({ readyState }) => readyState === mongoose.ConnectionStates.connected)
    .map((connection) => connection.getClient());
  for (const client of clients) client.on('commandStarted', note);
  try {
    await work();
  } finally {
    for (const client of clients) client.off('commandStarted', note);
  }
  return sent;
}
