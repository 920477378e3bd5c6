import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const LATENCY_BUCKETS_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.035, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** The Prometheus metrics of one process, in a registry of its own. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    verifySeconds: new Histogram({
      name: 'rescind_verify_duration_seconds',
      help: 'Time from a verify request or contact check to its answer',
      labelNames: ['call', 'status'] as const,
      buckets: LATENCY_BUCKETS_SECONDS,
      registers,
    }),
    groupCommitSize: new Histogram({
      name: 'rescind_group_commit_size',
      help: 'Calls that shared one read or one transaction',
      labelNames: ['batch'] as const,
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 500],
      registers,
    }),
    charges: new Counter({
      name: 'rescind_charges_total',
      help: 'Ledger lines that debit a wallet',
      labelNames: ['kind'] as const,
      registers,
    }),
    chargedMicrousd: new Counter({
      name: 'rescind_charged_microusd_total',
      help: 'Money debited, in µUSD',
      labelNames: ['kind'] as const,
      registers,
    }),
    webhookTries: new Counter({
      name: 'rescind_webhook_tries_total',
      help: 'Tries to deliver an event to an endpoint, by how they ended',
      labelNames: ['outcome'] as const,
      registers,
    }),
    webhookEndpoints: new Gauge({
      name: 'rescind_webhook_endpoints',
      help: 'Endpoints of companies that fail, and that are disabled',
      labelNames: ['health'] as const,
      registers,
    }),
    webhookOldestDueSeconds: new Gauge({
      name: 'rescind_webhook_oldest_due_seconds',
      help: 'Age of the oldest delivery that is due to an endpoint that does not fail, by whether a worker is at it; untaken ones above 60 are an alarm',
      labelNames: ['work'] as const,
      registers,
    }),
    revocations: new Counter({
      name: 'rescind_revoked_certificates_total',
      help: 'Certificates revoked, by the way the request came in',
      labelNames: ['method'] as const,
      registers,
    }),
    rehashed: new Counter({
      name: 'rescind_identifiers_rehashed_total',
      help: 'Records whose hashes of email and mobile were brought up to date',
      labelNames: ['collection', 'region'] as const,
      registers,
    }),
    jobs: new Counter({
      name: 'rescind_job_attempts_total',
      help: 'Attempts at jobs, by outcome',
      labelNames: ['kind', 'outcome'] as const,
      registers,
    }),
    jobSeconds: new Histogram({
      name: 'rescind_job_duration_seconds',
      help: 'Duration of attempts at jobs',
      labelNames: ['kind'] as const,
      buckets: LATENCY_BUCKETS_SECONDS,
      registers,
    }),
    queueDepth: new Gauge({
      name: 'rescind_queue_depth',
      help: 'Jobs in a queue, by state',
      labelNames: ['queue', 'state'] as const,
      registers,
    }),
    queueOldestSeconds: new Gauge({
      name: 'rescind_queue_oldest_waiting_seconds',
      help: 'Age of the oldest waiting job',
      labelNames: ['queue'] as const,
      registers,
    }),
    outboxLagSeconds: new Gauge({
      name: 'rescind_outbox_lag_seconds',
      help: 'Age of the oldest recorded work whose follow-up is not done',
      labelNames: ['source'] as const,
      registers,
    }),
    processesAlive: new Gauge({
      name: 'rescind_processes_alive',
      help: 'Processes heard of in the last 15 s, by role; no worker is an alarm',
      labelNames: ['role'] as const,
      registers,
    }),
    cleanupsFailed: new Gauge({
      name: 'rescind_cleanups_failed',
      help: 'Clean-ups with a failed step that will be retried',
      registers,
    }),
    walletsDrifting: new Gauge({
      name: 'rescind_wallets_drifting',
      help: 'Wallets whose balance is not the sum of their lines; anything but 0 is an alarm',
      registers,
    }),
    unusualRate: new Gauge({
      name: 'rescind_unusual_rate_ratio',
      help: 'Opt-outs or refusals of an hour, of a company or of the service (company ""), in multiples of the mean hour of 7 days; only what is ten times that or more',
      labelNames: ['what', 'company'] as const,
      registers,
    }),
    webhooksOverdue: new Gauge({
      name: 'rescind_webhooks_overdue',
      help: 'Revocations that a company with an enabled endpoint was told of and has not acknowledged within ten business days',
      registers,
    }),
    logStopped: new Gauge({
      name: 'rescind_log_stopped',
      help: 'Whether a witness knows more of a log than the database has, so that nothing is published; anything but 0 is an alarm',
      labelNames: ['region'] as const,
      registers,
    }),
    logCheckpointSize: new Gauge({
      name: 'rescind_log_checkpoint_size',
      help: 'Records of a log that its newest checkpoint covers',
      labelNames: ['region'] as const,
      registers,
    }),
    logCheckpointAgeSeconds: new Gauge({
      name: 'rescind_log_checkpoint_age_seconds',
      help: 'Age of the newest checkpoint of a log; there is a new one only when something was recorded',
      labelNames: ['region'] as const,
      registers,
    }),
    auditGaps: new Gauge({
      name: 'rescind_audit_gaps',
      help: 'Revoked certificates found without their audit entry at the last proof',
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
