// No collection: connections, transactions, and what their errors mean.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../errors';
import mongoose, { type ClientSession, type Connection, type mongo } from 'mongoose';

export type Session = ClientSession;

/** How long a process waits for MongoDB. */
export interface Limits {
  operationTimeoutMs: number;
  maxTimeMs: number | null;
}

/** One of several pools of connections that a process has. */
export interface Pool {
  /** The same in all of them, by which a process knows its own transactions; default: a new one. */
  processName?: string;
  /** Connections; default 20. */
  poolSize?: number;
}

const MAX_TIME = 'maxTimeMS';

/** By which MongoDB tells processes apart. */
export function newProcessName(): string {
  return randomBytes(4).toString('hex');
}

/**
 * What MongoDB calls the connections of a process begins with this; several deployments may share a
 * server, each with a database of its own.
 */
export function deploymentName(database: string): string {
  return `rescind ${database} `;
}

const SERVER_SELECTION_TIMEOUT_MS = 3_000;
const POOL_SIZE = 20;

/**
 * Opens a separate connection (no global state) with `majority` reads and writes.
 * @param uri replica set; transactions need one
 * @param limits.operationTimeoutMs how long a single operation may go unanswered
 * @param limits.maxTimeMs how long the server may work on a single one; null: without end
 * @throws MongoServerSelectionError when no primary answers within 3 s
 */
export async function openConnection(
  uri: string,
  limits: Limits,
  { processName = newProcessName(), poolSize = POOL_SIZE }: Pool = {},
): Promise<Connection> {
  const { dbName } = new mongoose.mongo.MongoClient(uri).options;
  const connection = await mongoose
    .createConnection(uri, {
      appName: deploymentName(dbName) + processName,
      autoIndex: false,
      autoCreate: false,
      bufferCommands: false,
      maxPoolSize: poolSize,
      readConcern: { level: 'majority' },
      readPreference: 'primary',
      retryWrites: true,
      serverSelectionTimeoutMS: SERVER_SELECTION_TIMEOUT_MS,
      socketTimeoutMS: limits.operationTimeoutMs,
      waitQueueTimeoutMS: SERVER_SELECTION_TIMEOUT_MS,
      writeConcern: { w: 'majority', journal: true },
    })
    .asPromise();
  setMaxTime(connection, limits);
  return connection;
}

/** Mongoose sends it with each of its queries, so that no read outlives its caller in the server. */
export function setMaxTime(connection: Connection, { maxTimeMs }: Limits): void {
  if (maxTimeMs !== null) connection.set(MAX_TIME, maxTimeMs);
}

/** The same for a read that goes past mongoose. */
export function maxTime(connection: Connection): { maxTimeMS?: number } {
  const maxTimeMS = connection.get(MAX_TIME) as number | undefined;
  return maxTimeMS === undefined ? {} : { maxTimeMS };
}

/** The same for a read that may take at most `ms`, where less is allowed anyway. */
export function atMost(connection: Connection, ms: number): { maxTimeMS: number } {
  return { maxTimeMS: Math.min(ms, maxTime(connection).maxTimeMS ?? ms) };
}

const TRANSACTION = {
  readConcern: { level: 'snapshot' },
  readPreference: 'primary',
  writeConcern: { w: 'majority', journal: true },
} as const;
const MAX_BACKOFF_MS = 100;

/**
 * Runs `work` in one transaction (snapshot reads, majority and journaled commit); transient
 * conflicts are retried until the deadline. The driver's own `withTransaction` would retry for two
 * minutes, which no caller waits for.
 * @param deadlineMs after which it gives up, whatever it waits for; the commit may then have happened
 * or not, but none begins
 */
export async function inTransaction<T>(
  connection: Connection,
  deadlineMs: number,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(overdue());
    }, deadlineMs);
  });
  try {
    return await Promise.race([tryUntil(deadline, connection, work), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

async function tryUntil<T>(
  deadline: number,
  connection: Connection,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await connection.startSession();
  try {
    for (let attempt = 0; ; attempt++) {
      const leftMs = Math.max(1, Math.ceil(deadline - performance.now()));
      session.startTransaction({ ...TRANSACTION, maxCommitTimeMS: leftMs });
      try {
        const result = await work(session);
        // Nobody waits for it any more.
        if (performance.now() > deadline) throw overdue();
        await commit(session, deadline);
        return result;
      } catch (error) {
        if (!hasLabel(error, TRY_AGAIN) || performance.now() > deadline) throw error;
        if (session.inTransaction()) await session.abortTransaction();
        await sleep(Math.random() * Math.min(5 * 1.5 ** attempt, MAX_BACKOFF_MS));
      }
    }
  } finally {
    // Aborts what is open; not awaited, as a server that is away would not answer that either.
    void session.endSession();
  }
}

function overdue(): Error {
  return new mongoose.mongo.MongoOperationTimeoutError('no commit within the deadline');
}

/** True when a transaction was not done by its deadline. */
export function isOverdue(error: unknown): boolean {
  return error instanceof mongoose.mongo.MongoOperationTimeoutError;
}

async function commit(session: Session, deadline: number): Promise<void> {
  for (;;) {
    try {
      await session.commitTransaction();
      return;
    } catch (error) {
      // Retrying is safe: a commit that has happened answers the same.
      const unknown = hasLabel(error, 'UnknownTransactionCommitResult');
      if (!unknown || performance.now() > deadline) throw error;
    }
  }
}

const TRY_AGAIN = 'TransientTransactionError';

/** Thrown by the work of a transaction, has it aborted and tried again from the start. */
export class Overtaken extends mongoose.mongo.MongoError {
  constructor() {
    super('what the transaction was built on has changed');
    this.addErrorLabel(TRY_AGAIN);
  }
}

function hasLabel(error: unknown, label: string): boolean {
  const labels = (error as { errorLabels?: unknown } | null)?.errorLabels;
  return Array.isArray(labels) && labels.includes(label);
}

const TRANSIENT_LABELS = [
  TRY_AGAIN,
  'UnknownTransactionCommitResult',
  'RetryableWriteError',
  'ResetPool',
];
const UNREACHABLE =
  /^Mongo(oose)?(Network|ServerSelection|NotConnected|TopologyClosed|PoolCleared|PoolClosed|PoolClearedOnNetwork|OperationTimeout|WaitQueueTimeout|WriteConcern|ClientClosed|ExpiredSession)/;
/**
 * Server codes that say nothing about the operation, only that it did not happen this time: no
 * connection or no primary, shutting down, took too long, and interrupted by somebody else.
 */
const UNREACHABLE_CODES = new Set([
  ...[6, 7, 89, 202, 9001], // HostUnreachable, HostNotFound, NetworkTimeout, …, SocketException
  ...[133, 134, 189, 10107, 13435, 13436], // no primary, or not one that may answer yet
  ...[91, 11600, 11602], // ShutdownInProgress, InterruptedAtShutdown, InterruptedDueToReplStateChange
  ...[24, 46, 50, 64, 112, 262, 290], // LockTimeout, LockBusy, MaxTimeMSExpired, …, WriteConflict, ExceededTimeLimit
  ...[43, 175, 237, 11601], // CursorNotFound, QueryPlanKilled, CursorKilled, Interrupted: killed in between
]);

/** True when MongoDB did not answer, or may answer differently if asked again. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof mongoose.mongo.MongoBulkWriteError && isWrapped(error)) return true;
  const { code } = error as { code?: unknown };
  return (
    UNREACHABLE.test(error.name) ||
    (typeof code === 'number' && UNREACHABLE_CODES.has(code)) ||
    TRANSIENT_LABELS.some((label) => hasLabel(error, label))
  );
}

/** Bulk writes rethrow whatever stopped them under a name of their own. */
function isWrapped({ errorResponse, result }: mongoose.mongo.MongoBulkWriteError): boolean {
  return isUnavailable(errorResponse) || result.getWriteConcernError() !== undefined;
}

/** Unauthorized, and what servers answer that do not offer everything: CommandNotFound, …NotSupported, AtlasError. */
const FORBIDDEN_CODES = new Set<unknown>([13, 59, 115, 8000]);

/** True when the user may not do this, or nobody may on this server. */
export function isForbidden(error: unknown): boolean {
  return error instanceof Error && FORBIDDEN_CODES.has((error as { code?: unknown }).code);
}

const MAX_TIME_EXPIRED = 50;

/** True when the server has worked on a read for as long as it may. */
export function isOverTime(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === MAX_TIME_EXPIRED;
}

const COUNT_MS = 1_500;

/** Counts what matches, up to `limit`; null when that takes too long. */
export async function countInTime<T extends mongo.Document>(
  connection: Connection,
  collection: mongo.Collection<T>,
  filter: mongo.Filter<T>,
  options: { limit: number; hint?: string },
): Promise<number | null> {
  try {
    return await collection.countDocuments(filter, { ...atMost(connection, COUNT_MS), ...options });
  } catch (error) {
    if (!isOverTime(error)) throw error;
    return null;
  }
}

/** @throws AppError search_too_long when the read is over time */
export async function orTooLong<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw isOverTime(error) ? new AppError('search_too_long') : error;
  }
}

const DUPLICATE_KEY = 11000;
const WRITE_CONFLICT = 112;

/** True when another transaction has written the same document. */
export function isConflict(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === WRITE_CONFLICT;
}

/** True when a unique index refused the write. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === DUPLICATE_KEY;
}

/** As a unique index refuses, where a key is unique over two collections. */
export function duplicate(): Error {
  return Object.assign(new Error('this key is taken'), { code: DUPLICATE_KEY });
}

const MAX_TRIES_AFTER_DUPLICATE = 10;

/**
 * Runs work that reads first and then writes. When a unique index refuses the write, another caller
 * was faster, and the work is repeated to find what they wrote.
 * @throws the duplicate error when it is still refused after ten attempts
 */
export async function retryOnDuplicate<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isDuplicate(error) || tries === MAX_TRIES_AFTER_DUPLICATE) throw error;
    }
  }
}
