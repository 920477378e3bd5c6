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
  await listening({ commandStarted: note }, work);
  return sent;
}

/** A command that MongoDB has answered. */
export interface Exchange {
  name: string;
  command: mongo.Document;
  reply: mongo.Document;
}

/** The same, with the answers; in the order of these. */
export async function exchangesOf(work: () => Promise<unknown>): Promise<Exchange[]> {
  const sent = new Map<string, mongo.Document>();
  const done: Exchange[] = [];
  const keyOf = ({
    connectionId,
    requestId,
  }: mongo.CommandStartedEvent | mongo.CommandSucceededEvent) =>
    `${String(connectionId)} ${String(requestId)}`;
  await listening(
    {
      commandStarted: (event) => void sent.set(keyOf(event), event.command),
      commandSucceeded: (event) => {
        const command = sent.get(keyOf(event));
        const reply = event.reply as mongo.Document;
        if (command) done.push({ name: event.commandName, command, reply });
      },
    },
    work,
  );
  return done;
}

type Listeners = Partial<Pick<mongo.MongoClientEvents, 'commandStarted' | 'commandSucceeded'>>;

async function listening(listeners: Listeners, work: () => Promise<unknown>): Promise<void> {
  const clients = mongoose.connections
    .filter(({ readyState }) => readyState === mongoose.ConnectionStates.connected)
    .map((connection) => connection.getClient());
  const { commandStarted, commandSucceeded } = listeners;
  for (const client of clients) {
    if (commandStarted) client.on('commandStarted', commandStarted);
    if (commandSucceeded) client.on('commandSucceeded', commandSucceeded);
  }
  try {
    await work();
  } finally {
    for (const client of clients) {
      if (commandStarted) client.off('commandStarted', commandStarted);
      if (commandSucceeded) client.off('commandSucceeded', commandSucceeded);
    }
  }
}
