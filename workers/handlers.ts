import type { Handlers } from './handler';
import { carryOutRetention } from './handlers/carry-out-retention';
import { cleanUp } from './handlers/clean-up';
import { deliverWebhooks } from './handlers/deliver-webhooks';
import { fanOutEvents } from './handlers/fan-out-events';
import { finishBulkBatch } from './handlers/finish-bulk-batch';
import { followUpConsent } from './handlers/follow-up-consent';
import { followUpRevocation } from './handlers/follow-up-revocation';
import { makeEvidence } from './handlers/make-evidence';
import { makeStatements } from './handlers/make-statements';
import { proveAudit } from './handlers/prove-audit';
import { reconcileWallets } from './handlers/reconcile-wallets';
import { runCsvBatch } from './handlers/run-csv-batch';
import { runScrub } from './handlers/run-scrub';
import { sendMail } from './handlers/send-mail';
import { sweepRetention } from './handlers/sweep-retention';

/** The handler of each kind; a kind without one does not compile. */
export const HANDLERS = {
  'follow-up-revocation': followUpRevocation,
  'follow-up-consent': followUpConsent,
  'finish-bulk-batch': finishBulkBatch,
  'run-csv-batch': runCsvBatch,
  'run-scrub': runScrub,
  'carry-out-retention': carryOutRetention,
  'reconcile-wallets': reconcileWallets,
  'make-statements': makeStatements,
  'prove-audit': proveAudit,
  'make-evidence': makeEvidence,
  'sweep-retention': sweepRetention,
  'clean-up': cleanUp,
  'send-mail': sendMail,
  'fan-out-events': fanOutEvents,
  'deliver-webhooks': deliverWebhooks,
} satisfies Handlers;
