import { setTimeout as sleep } from 'node:timers/promises';
import mongoose from 'mongoose';
import type { Config } from '../../src/config';
import type { ActivityDay } from '../../src/store/activity-days';
import type { User } from '../../src/store/accounts';
import type { AuditEntry } from '../../src/store/audit-entries';
import type { AuditProof } from '../../src/store/audit-proofs';
import type { Batch } from '../../src/store/batches';
import type { ChecksOfDay } from '../../src/store/certificate-checks';
import type { Certificate } from '../../src/store/certificates';
import type { Cleanup } from '../../src/store/cleanups';
import type { Company } from '../../src/store/companies';
import type { ConsentRevocation } from '../../src/store/consent-revocations';
import type { ConsentRecord } from '../../src/store/consents';
import type { ApiKey, Property, Token } from '../../src/store/credentials';
import type { Evidence } from '../../src/store/evidence';
import type { HealthSample } from '../../src/store/health-samples';
import type { IdempotencyRecord } from '../../src/store/idempotency';
import type { UsedIdentifierKeys } from '../../src/store/identifier-keys';
import type { InboxMail } from '../../src/store/inbox-mails';
import type { Invitation } from '../../src/store/invitations';
import type { Lease } from '../../src/store/leases';
import type { LedgerLine } from '../../src/store/ledger-lines';
import type { LedgerPage } from '../../src/store/ledger-pages';
import type { LogHead, LogRecord, LogTile } from '../../src/store/proof-log';
import type { Mail } from '../../src/store/mails';
import type { OperatorSession } from '../../src/store/operator-sessions';
import type { Operator, OperatorLink } from '../../src/store/operators';
import type { PortalRequest } from '../../src/store/portal';
import type { ProcessBeat } from '../../src/store/processes';
import type { Recording } from '../../src/store/recordings';
import type { Region } from '../../src/store/regions';
import type { Retention } from '../../src/store/retentions';
import type { RevocationFeed } from '../../src/store/revocation-feeds';
import type { Revocation } from '../../src/store/revocations';
import type { DashboardSession } from '../../src/store/sessions';
import type { Statement } from '../../src/store/statements';
import type { FormerWallet } from '../../src/store/former-wallets';
import type { Suppression } from '../../src/store/suppressions';
import type { TopUpRequest } from '../../src/store/top-up-requests';
import type { TwoStep } from '../../src/store/two-steps';
import type { WalletProof } from '../../src/store/wallet-proofs';
import type { WebhookDelivery } from '../../src/store/webhook-deliveries';
import type { WebhookEndpoint } from '../../src/store/webhook-endpoints';
import type { WebhookEvent } from '../../src/store/webhook-events';

type MongoClient = mongoose.mongo.MongoClient;
type Db = mongoose.mongo.Db;

/** By the names of the stores that keep them. */
export interface Documents {
  activityDays: ActivityDay;
  apiKeys: ApiKey;
  audit: AuditEntry;
  auditProofs: AuditProof;
  batches: Batch;
  certificateChecks: ChecksOfDay;
  certificates: Certificate;
  cleanups: Cleanup;
  companies: Company;
  consentRevocations: ConsentRevocation;
  consents: ConsentRecord;
  evidence: Evidence;
  healthSamples: HealthSample;
  idempotency: IdempotencyRecord;
  identifierKeys: UsedIdentifierKeys;
  inboxMails: InboxMail;
  invitations: Invitation;
  leases: Lease;
  formerWallets: FormerWallet;
  ledgerLines: LedgerLine;
  ledgerPages: LedgerPage;
  logHeads: LogHead;
  logRecords: LogRecord;
  logTiles: LogTile;
  mails: Mail;
  operatorLinks: OperatorLink;
  operators: Operator;
  operatorSessions: OperatorSession;
  portalRequests: PortalRequest;
  processes: ProcessBeat;
  properties: Property;
  recordings: Recording;
  retentions: Retention;
  revocationFeeds: RevocationFeed;
  revocations: Revocation;
  sessions: DashboardSession;
  statements: Statement;
  suppressions: Suppression;
  tokens: Token;
  topUpRequests: TopUpRequest;
  twoSteps: TwoStep;
  users: User;
  walletProofs: WalletProof;
  webhookDeliveries: WebhookDelivery;
  webhookEndpoints: WebhookEndpoint;
  webhookEvents: WebhookEvent;
}

type Collections = { [Name in keyof Documents]: mongoose.mongo.Collection<Documents[Name]> };

const NAMES: Record<keyof Documents, string> = {
  activityDays: 'activity_days',
  apiKeys: 'api_keys',
  audit: 'audit_entries',
  auditProofs: 'audit_proofs',
  batches: 'batches',
  certificateChecks: 'certificate_checks',
  certificates: 'certificates',
  cleanups: 'cleanups',
  companies: 'companies',
  consentRevocations: 'consent_revocations',
  consents: 'consents',
  evidence: 'evidence',
  healthSamples: 'health_samples',
  idempotency: 'idempotency_records',
  identifierKeys: 'identifier_keys',
  inboxMails: 'inbox_mails',
  invitations: 'invitations',
  leases: 'leases',
  formerWallets: 'wallets',
  ledgerLines: 'ledger_lines',
  ledgerPages: 'ledger_pages',
  logHeads: 'log_heads',
  logRecords: 'log_records',
  logTiles: 'log_tiles',
  mails: 'mails',
  operatorLinks: 'operator_links',
  operators: 'operators',
  operatorSessions: 'operator_sessions',
  portalRequests: 'portal_requests',
  processes: 'processes',
  properties: 'properties',
  recordings: 'recordings',
  retentions: 'retentions',
  revocationFeeds: 'revocation_feeds',
  revocations: 'revocations',
  sessions: 'dashboard_sessions',
  statements: 'statements',
  suppressions: 'suppressions',
  tokens: 'tokens',
  topUpRequests: 'top_up_requests',
  twoSteps: 'two_steps',
  users: 'users',
  walletProofs: 'wallet_proofs',
  webhookDeliveries: 'webhook_deliveries',
  webhookEndpoints: 'webhook_endpoints',
  webhookEvents: 'webhook_events',
};

const SERVER_SELECTION_TIMEOUT_MS = 3_000;

const clients = new Map<string, MongoClient>();

/** A region's database, past the stores and over a connection of its own. */
export function database({ config }: { config: Config }, region: Region = 'default'): Db {
  const home = clientOf(config.mongodbUri).db();
  if (region === 'default') return home;
  if (config.mongodbUriUs !== null) return clientOf(config.mongodbUriUs).db();
  return clientOf(config.mongodbUri).db(`${home.databaseName}_us`);
}

/**
 * A region's collections, past the stores: for tests and benchmarks, which look at what is stored
 * and change what no verb may, and for the demo company's past.
 */
export function collections(of: { config: Config }, region: Region = 'default'): Collections {
  const db = database(of, region);
  const entries = Object.entries(NAMES).map(([name, stored]) => [name, db.collection(stored)]);
  return Object.fromEntries(entries) as Collections;
}

const PAUSE_MS = 100;

/**
 * Runs `work` on `collections` of the first region in one transaction, within the minute that MongoDB gives
 * one; whoever meets another that writes the same waits for it.
 */
export async function inOneTransaction(
  { config }: { config: Config },
  work: (session: mongoose.mongo.ClientSession) => Promise<void>,
): Promise<void> {
  let tries = 0;
  await clientOf(config.mongodbUri).withSession((session) =>
    session.withTransaction(async () => {
      if (tries++ > 0) await sleep(PAUSE_MS);
      await work(session);
    }),
  );
}

/** Closes the connections that `database` and `collections` opened; they may be used again. */
export async function closeCollections(): Promise<void> {
  const open = [...clients.values()];
  clients.clear();
  await Promise.all(open.map((client) => client.close()));
}

function clientOf(uri: string): MongoClient {
  const known = clients.get(uri);
  if (known) return known;
  // Connects when it is first used. As durable as the stores, so that benchmarks compare like with like.
  const client = new mongoose.mongo.MongoClient(uri, {
    readConcern: { level: 'majority' },
    serverSelectionTimeoutMS: SERVER_SELECTION_TIMEOUT_MS,
    writeConcern: { w: 'majority', journal: true },
  });
  clients.set(uri, client);
  return client;
}
