import type { z } from 'zod';
import { carryOutRetention } from './carry-out-retention';
import { cleanUp } from './clean-up';
import { deliverWebhooks } from './deliver-webhooks';
import { fanOutEvents } from './fan-out-events';
import { finishBulkBatch } from './finish-bulk-batch';
import { followUpConsent } from './follow-up-consent';
import { followUpRevocation } from './follow-up-revocation';
import { makeEvidence } from './make-evidence';
import { makeStatements } from './make-statements';
import { proveAudit } from './prove-audit';
import { reconcileWallets } from './reconcile-wallets';
import { runCsvBatch } from './run-csv-batch';
import { runScrub } from './run-scrub';
import { sendMail } from './send-mail';
import { sweepRetention } from './sweep-retention';

/** Every kind of job there is. A kind without a handler in `workers/handlers.ts` does not compile. */
export const JOBS = {
  [followUpRevocation.kind]: followUpRevocation,
  [followUpConsent.kind]: followUpConsent,
  [finishBulkBatch.kind]: finishBulkBatch,
  [runCsvBatch.kind]: runCsvBatch,
  [runScrub.kind]: runScrub,
  [carryOutRetention.kind]: carryOutRetention,
  [reconcileWallets.kind]: reconcileWallets,
  [makeStatements.kind]: makeStatements,
  [proveAudit.kind]: proveAudit,
  [makeEvidence.kind]: makeEvidence,
  [sweepRetention.kind]: sweepRetention,
  [cleanUp.kind]: cleanUp,
  [sendMail.kind]: sendMail,
  [fanOutEvents.kind]: fanOutEvents,
  [deliverWebhooks.kind]: deliverWebhooks,
} as const;

export type JobKind = keyof typeof JOBS;

/** The parsed payload of a kind. */
export type JobPayload<K extends JobKind> = z.output<(typeof JOBS)[K]['payload']>;

/** How a job of a kind can end without failing. */
export type JobOutcome<K extends JobKind> = (typeof JOBS)[K]['outcomes'][number];
