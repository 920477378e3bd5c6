// No collection: which primary answers, and that it says nothing older than what was acknowledged.
import type { Connection, mongo } from 'mongoose';
import { maxTime, type Session } from './connection';

/** The primary that a process talks to. */
export interface Primary {
  /**
   * Grows with each election that this process learns of, which is before it sends the new primary
   * anything. What was read belongs to a later write if it was the same before that read and
   * within that write's transaction: a deposed primary answers reads, but commits nothing.
   */
  election: () => number;
}

/** What a primary says of itself. */
interface Hello {
  isWritablePrimary: boolean;
  electionId?: mongo.ObjectId;
  lastWrite?: { opTime: { ts: mongo.Timestamp } };
}

/**
 * Makes every read of a client see all that earlier primaries acknowledged, those in transactions
 * included. A new primary has all of it, but shows it only once it knows that a majority has it, too: a
 * moment after its election. Reads wait for that moment, and for nothing once it has passed.
 */
export async function followPrimary(connection: Connection): Promise<Primary> {
  const client = connection.getClient();
  const open = new Set<Session>();
  let count = 0;
  let elected: string | undefined;
  let had: mongo.Timestamp | undefined;
  const learn = ({ isWritablePrimary, electionId, lastWrite }: Hello): void => {
    if (!isWritablePrimary) return;
    const election = electionId?.toHexString();
    if (election === elected && count > 0) return;
    // An answer that was under way while the next one was elected.
    if (election !== undefined && elected !== undefined && election < elected) return;
    elected = election;
    count += 1;
    // Not its cluster time: that of a write which failed is never reached, and reads would wait for it.
    had = lastWrite?.opTime.ts ?? had;
    if (had) for (const session of open) session.advanceOperationTime(had);
  };
  // The driver makes its own sessions here, too: one for each operation that is given none.
  const start = client.startSession.bind(client);
  client.startSession = (options) => {
    const session = start({ causalConsistency: true, ...options });
    if (had) session.advanceOperationTime(had);
    open.add(session);
    session.once('ended', () => open.delete(session));
    return session;
  };
  // Told of before the driver's own view of the servers changes.
  client.on('serverHeartbeatSucceeded', ({ reply }) => {
    learn(reply as unknown as Hello);
  });
  learn((await connection.db?.admin().command({ hello: 1 })) as Hello);
  return { election: () => count };
}

const LINEARIZABLE_MS = 3_000;

/**
 * Reads what is true now: a deposed primary cannot answer it. Takes a round trip to a majority, and is
 * given up after 3 s.
 */
export async function linearizably<T>(
  connection: Connection,
  read: (options: {
    session: Session;
    readConcern: { level: 'linearizable' };
    maxTimeMS: number;
  }) => Promise<T>,
): Promise<T> {
  // Such a read cannot be told what to wait for, nor need it be.
  const session = await connection.startSession({ causalConsistency: false });
  const { maxTimeMS = LINEARIZABLE_MS } = maxTime(connection);
  const within = { maxTimeMS: Math.min(maxTimeMS, LINEARIZABLE_MS) };
  try {
    return await read({ session, readConcern: { level: 'linearizable' }, ...within });
  } finally {
    void session.endSession();
  }
}
