import mongoose, { type ClientSession, type Connection } from 'mongoose';

export type Session = ClientSession;

const SERVER_SELECTION_TIMEOUT_MS = 3_000;
const POOL_SIZE = 20;

/**
 * Opens a connection of its own (no global state) on which reads and writes are `majority`.
 * @param uri replica set; transactions need one
 * @param operationTimeoutMs deadline of every single operation
 * @throws MongoServerSelectionError when no primary answers within 3 s
 */
export async function openConnection(uri: string, operationTimeoutMs: number): Promise<Connection> {
  return mongoose
    .createConnection(uri, {
      appName: 'rescind',
      autoIndex: false,
      autoCreate: false,
      bufferCommands: false,
      maxPoolSize: POOL_SIZE,
      readConcern: { level: 'majority' },
      readPreference: 'primary',
      retryWrites: true,
      serverSelectionTimeoutMS: SERVER_SELECTION_TIMEOUT_MS,
      timeoutMS: operationTimeoutMs,
      writeConcern: { w: 'majority', journal: true },
    })
    .asPromise();
}

/**
 * Runs `work` in one transaction (snapshot reads, majority and journaled commit); transient
 * conflicts are retried until the deadline.
 * @param deadlineMs after which it gives up; the commit may then have happened or not
 */
export async function inTransaction<T>(
  connection: Connection,
  deadlineMs: number,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await connection.startSession();
  try {
    return await session.withTransaction(work, {
      readConcern: { level: 'snapshot' },
      readPreference: 'primary',
      writeConcern: { w: 'majority', journal: true },
      timeoutMS: deadlineMs,
    });
  } finally {
    await session.endSession();
  }
}

const TRANSIENT_LABELS = [
  'TransientTransactionError',
  'UnknownTransactionCommitResult',
  'RetryableWriteError',
  'ResetPool',
];
const UNREACHABLE =
  /^Mongo(oose)?(Network|ServerSelection|NotConnected|TopologyClosed|PoolCleared|PoolClosed|PoolClearedOnNetwork|OperationTimeout|WaitQueueTimeout|WriteConcern|ClientClosed|ExpiredSession)/;
/** Server codes for "not the primary", "shutting down" and "took too long". */
const UNREACHABLE_CODES = new Set([
  6, 7, 50, 64, 89, 91, 112, 189, 262, 10107, 11600, 11602, 13435,
]);

/** True when MongoDB did not answer, or may answer differently if asked again. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, errorLabels } = error as { code?: unknown; errorLabels?: unknown };
  return (
    UNREACHABLE.test(error.name) ||
    (typeof code === 'number' && UNREACHABLE_CODES.has(code)) ||
    (Array.isArray(errorLabels) && TRANSIENT_LABELS.some((label) => errorLabels.includes(label)))
  );
}

/** True when a unique index refused the write. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === 11000;
}

const MAX_TRIES_AFTER_DUPLICATE = 10;

/**
 * Runs work that looks first and writes then. When a unique index refuses the write, somebody else
 * was faster, and the work runs again to find what they wrote.
 * @throws the duplicate error when that is not to be found in ten tries
 */
export async function afterDuplicateAgain<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isDuplicate(error) || tries === MAX_TRIES_AFTER_DUPLICATE) throw error;
    }
  }
}
