import { abandonedTransactions } from './abandoned-transactions';
import { accountStore } from './accounts';
import { auditStore } from './audit-entries';
import { batchRowStore } from './batch-rows';
import { batchStore } from './batches';
import { certificateStore } from './certificates';
import { cleanupStore } from './cleanups';
import { companyStore } from './companies';
import { inTransaction, openConnection, type Session } from './connection';
import { credentialStore } from './credentials';
import { fileStore } from './files';
import { idempotencyStore } from './idempotency';
import { ledgerStore } from './ledger';
import { recordingStore } from './recordings';
import { retentionStore } from './retentions';
import { revocationCopyStore } from './revocation-copies';
import { revocationStore } from './revocations';
import { statementStore } from './statements';
import { walletStore } from './wallets';

export { afterDuplicateAgain, isDuplicate, isUnavailable, type Session } from './connection';

const TRANSACTION_DEADLINE_MS = 5_000;
const SNAPSHOT_DEADLINE_MS = 30_000;

/**
 * Opens the database with one named store per collection.
 * @param uri MongoDB replica set, with the database's name in it
 * @param options.operationTimeoutMs deadline of a single operation
 */
export async function openStore(uri: string, options: { operationTimeoutMs: number }) {
  const connection = await openConnection(uri, options.operationTimeoutMs);
  return {
    abandonedTransactions: abandonedTransactions(connection),
    accounts: accountStore(connection),
    archives: fileStore(connection, 'archives'),
    audit: auditStore(connection),
    batchRows: batchRowStore(connection),
    batches: batchStore(connection),
    certificates: certificateStore(connection),
    cleanups: cleanupStore(connection),
    companies: companyStore(connection),
    credentials: credentialStore(connection),
    idempotency: idempotencyStore(connection),
    ledger: ledgerStore(connection),
    recordings: recordingStore(connection),
    retentions: retentionStore(connection),
    revocationCopies: revocationCopyStore(connection),
    revocations: revocationStore(connection),
    statements: statementStore(connection),
    uploads: fileStore(connection, 'uploads'),
    wallets: walletStore(connection),

    /** Runs `work` in a transaction with a deadline of 5 s; see `inTransaction`. */
    transaction: <T>(work: (session: Session) => Promise<T>): Promise<T> =>
      inTransaction(connection, TRANSACTION_DEADLINE_MS, work),

    /** Runs reads that must all see the same moment, with a deadline of 30 s. */
    snapshot: <T>(work: (session: Session) => Promise<T>): Promise<T> =>
      inTransaction(connection, SNAPSHOT_DEADLINE_MS, work),

    /** Creates every collection and index; does nothing where they exist. */
    createIndexes: async () => {
      for (const model of Object.values(connection.models)) {
        await model.createCollection();
        await model.createIndexes();
      }
    },

    /** Resolves when the primary answers. */
    ping: async () => {
      await connection.db?.admin().ping();
    },

    close: () => connection.close(),
  };
}

/** The database. */
export type Store = Awaited<ReturnType<typeof openStore>>;
