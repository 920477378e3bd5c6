// All collections of both regions.
import type { Connection } from 'mongoose';
import { abandonedTransactions } from './abandoned-transactions';
import { accountStore } from './accounts';
import { activityDayStore } from './activity-days';
import { actorNameStore } from './actor-names';
import { auditProofStore } from './audit-proofs';
import { batchRowStore } from './batch-rows';
import { batchStore } from './batches';
import { certificateSearchStore } from './certificate-search';
import { certificateCheckStore } from './certificate-checks';
import { certificateStore } from './certificates';
import { cleanupStore } from './cleanups';
import { startClock } from './clock';
import { companyStore } from './companies';
import { companySearchStore } from './company-search';
import {
  inTransaction,
  isForbidden,
  type Limits,
  openConnection,
  type Pool,
  type Session,
  setMaxTime,
} from './connection';
import { credentialStore } from './credentials';
import { evidenceStore } from './evidence';
import { fileStore } from './files';
import { healthSampleStore } from './health-samples';
import { idempotencyStore } from './idempotency';
import { identifierKeyStore } from './identifier-keys';
import { inboxMailStore } from './inbox-mails';
import { invitationStore } from './invitations';
import { leaseStore } from './leases';
import { ledgerStore } from './ledger';
import { ledgerLineStore } from './ledger-lines';
import { ledgerPageStore } from './ledger-pages';
import { mailStore } from './mails';
import { operatorBatchStore } from './operator-batches';
import { operatorSearchStore } from './operator-search';
import { operatorSessionStore } from './operator-sessions';
import { operatorStore } from './operators';
import { personConsents } from './person-consents';
import { personLookups } from './person-lookups';
import { portalStore } from './portal';
import { followPrimary } from './primary';
import { processStore } from './processes';
import { recordOwners } from './record-owners';
import { recordingStore } from './recordings';
import { retentionStore } from './retentions';
import { revocationCopyStore } from './revocation-copies';
import { revocationFeedStore } from './revocation-feeds';
import { type Region, type RegionStore, regionStore } from './regions';
import { revocationStore } from './revocations';
import { securityLogStore } from './security-log';
import { serverState } from './server-state';
import { sessionStore } from './sessions';
import { suppressionStore } from './suppressions';
import { statementStore } from './statements';
import { topUpRequestStore } from './top-up-requests';
import { dropFormerIndexes } from './former-indexes';
import { formerWalletStore } from './former-wallets';
import { twoStepStore } from './two-steps';
import { walletProofStore } from './wallet-proofs';
import { webhookDeliveryStore } from './webhook-deliveries';
import { webhookEndpointStore } from './webhook-endpoints';

export {
  retryOnDuplicate,
  isDuplicate,
  isOverTime,
  isOverdue,
  isUnavailable,
  type Limits,
  newProcessName,
  Overtaken,
  type Pool,
  type Session,
} from './connection';

const SNAPSHOT_DEADLINE_MS = 30_000;

/**
 * Opens the database with one named store per collection.
 * @param uri MongoDB replica set, with the database's name in it
 * @param options the deadlines of a single operation, and the pool of connections
 * @param options.usUri database of the US region; null: a second one beside the first
 * @throws UsRegionError when the database of the US region cannot be used
 */
export async function openStore(uri: string, options: Limits & Pool & { usUri?: string | null }) {
  const connection = await openConnection(uri, options, options);
  const usConnection = options.usUri
    ? await openUsConnection(connection, options.usUri, options)
    : connection.useDb(`${connection.name}_us`);
  setMaxTime(usConnection, options);
  const primary = await orClose(connection, followPrimary(connection));
  if (options.usUri) await orClose(usConnection, followPrimary(usConnection));
  const clock = await orClose(connection, startClock(connection));
  const home = regionStore(connection);
  const us = regionStore(usConnection);
  const ledgerPages = ledgerPageStore(connection);
  const ledgerLines = ledgerLineStore(connection);
  return {
    ...home,
    /** Where consents are kept: with everything else, or in the US. */
    regions: { default: home, us } satisfies Record<Region, RegionStore>,
    usConsentRevocations: us.consentRevocations,
    abandonedTransactions: abandonedTransactions(connection),
    usAbandonedTransactions: abandonedTransactions(usConnection),
    accounts: accountStore(connection),
    activityDays: activityDayStore(connection),
    actorNames: actorNameStore(connection),
    archives: fileStore(connection, 'archives'),
    auditProofs: auditProofStore(connection),
    batchRows: batchRowStore(connection),
    batches: batchStore(connection),
    certificateChecks: certificateCheckStore(connection),
    certificates: certificateStore(connection),
    certificateSearch: certificateSearchStore(connection),
    cleanups: cleanupStore(connection),
    companies: companyStore(connection),
    companySearch: companySearchStore(connection),
    credentials: credentialStore(connection),
    evidence: evidenceStore(connection),
    evidenceFiles: fileStore(connection, 'evidence'),
    healthSamples: healthSampleStore(connection),
    idempotency: idempotencyStore(connection),
    identifierKeys: identifierKeyStore(connection),
    invitations: invitationStore(connection),
    inboxMails: inboxMailStore(connection),
    leases: leaseStore(connection),
    formerWallets: formerWalletStore(connection),
    ledger: ledgerStore(ledgerPages, ledgerLines),
    ledgerLines,
    ledgerPages,
    mails: mailStore(connection),
    /** Whose what jobs work on is, by region. */
    owners: {
      default: recordOwners(connection),
      us: recordOwners(usConnection),
    } satisfies Record<Region, unknown>,
    operatorBatches: operatorBatchStore(connection),
    operatorSearch: operatorSearchStore(connection),
    operators: operatorStore(connection),
    operatorSessions: operatorSessionStore(connection),
    people: personLookups(connection),
    personConsents: personConsents(connection),
    portal: portalStore(connection),
    processes: processStore(connection),
    recordings: recordingStore(connection),
    retentions: retentionStore(connection),
    revocationCopies: revocationCopyStore(connection),
    /** By region, which has the numbers beside what they are of. */
    revocationFeeds: {
      default: revocationFeedStore(connection, ['certificates', 'consents']),
      us: revocationFeedStore(usConnection, ['consents']),
    } satisfies Record<Region, unknown>,
    revocations: revocationStore(connection),
    securityLog: securityLogStore(connection),
    serverState: serverState(connection),
    sessions: sessionStore(connection),
    statements: statementStore(connection),
    suppressions: suppressionStore(connection),
    topUpRequests: topUpRequestStore(connection),
    twoSteps: twoStepStore(connection),
    uploads: fileStore(connection, 'uploads'),
    walletProofs: walletProofStore(connection),
    webhookDeliveries: webhookDeliveryStore(connection),
    webhookEndpoints: webhookEndpointStore(connection),
    usWebhookEvents: us.webhookEvents,

    /** The time by MongoDB's clock, see `Clock`; the one to stamp and to compare with. */
    now: clock.now,
    /** Which primary answers, see `Primary`. */
    election: primary.election,

    /** Runs reads in one snapshot, with a deadline of 30 s. */
    snapshot: <T>(work: (session: Session) => Promise<T>): Promise<T> =>
      inTransaction(connection, SNAPSHOT_DEADLINE_MS, work),

    /**
     * Creates every collection and index of both regions; does nothing where they exist.
     * @throws UsRegionError when our user may not use the database of the US region
     */
    createIndexes: async () => {
      await home.createIndexes();
      await us.createIndexes().catch((error: unknown) => {
        if (!isForbidden(error)) throw error;
        throw new UsRegionError(`its user may not write to ${usConnection.name}`);
      });
      await dropFormerIndexes(connection);
    },

    close: async () => {
      clock.stop();
      if (options.usUri) await usConnection.close();
      await connection.close();
    },
  };
}

/** Nothing stays open of a store that cannot be opened. */
async function orClose<T>(connection: Connection, started: Promise<T>): Promise<T> {
  try {
    return await started;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** The database of the US region does not answer or cannot be used. */
export class UsRegionError extends Error {}

async function openUsConnection(first: Connection, uri: string, limits: Limits) {
  try {
    return await openConnection(uri, limits);
  } catch (error) {
    await first.close();
    // The driver's message can contain the password that is part of the URI.
    throw new UsRegionError(error instanceof Error ? error.name : 'error');
  }
}

/** The database. */
export type Store = Awaited<ReturnType<typeof openStore>>;
