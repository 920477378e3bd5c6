// The collections that every region has.
import type { Connection, mongo } from 'mongoose';
import { auditStore } from './audit-entries';
import { inTransaction, type Session } from './connection';
import { consentCopyStore } from './consent-copies';
import { consentRevocationStore } from './consent-revocations';
import { consentStore } from './consents';
import { proofLogStore } from './proof-log';
import { rehashingStore } from './rehashing';
import { webhookEventStore } from './webhook-events';

/** Where a consent is kept; one region never shows what the other has. */
export const REGIONS = ['default', 'us'] as const;
export type Region = (typeof REGIONS)[number];

/** What each region has for itself. */
export type RegionStore = ReturnType<typeof regionStore>;

const TRANSACTION_DEADLINE_MS = 5_000;

/** Consents, their revocations and their audit in the database of a region. */
export function regionStore(connection: Connection) {
  return {
    audit: auditStore(connection),
    consents: consentStore(connection),
    consentCopies: consentCopyStore(connection),
    consentRevocations: consentRevocationStore(connection),
    proofLog: proofLogStore(connection),
    rehashing: rehashingStore(connection),
    webhookEvents: webhookEventStore(connection),

    /** Runs `work` in a transaction with a deadline of 5 s; see `inTransaction`. */
    transaction: <T>(work: (session: Session) => Promise<T>): Promise<T> =>
      inTransaction(connection, TRANSACTION_DEADLINE_MS, work),

    /** Creates every collection and index; does nothing where they exist. */
    createIndexes: async () => {
      for (const model of Object.values(connection.models)) {
        await model.createCollection();
        // In one command: mongoose would send one for each index.
        const indexes = model.schema.indexes().map(([key, options]) => ({ key, ...options }));
        if (indexes.length > 0) {
          await model.collection.createIndexes(indexes as mongo.IndexDescription[]);
        }
      }
    },

    /** Resolves when the primary answers. */
    ping: async () => {
      await connection.db?.admin().ping();
    },
  };
}
