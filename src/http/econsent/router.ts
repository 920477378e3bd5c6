import { Router } from 'express';
import type { Context } from '../../context';
import type { Check } from '../../core/verification/check';
import type { Gate } from '../authenticate-request';
import { mountAccount } from './account';
import { mountBatches } from './batches';
import { mountBulk } from './bulk';
import { mountCertificates } from './certificates';
import { mountContact } from './contact';
import { mountCsv } from './csv';
import { mountEvidence } from './evidence';
import { mountFeed } from './feed';
import { mountOptOut } from './opt-out';
import { mountReceipts } from './receipts';
import { mountRevocations } from './revocations';
import { mountScrubs } from './scrubs';
import { mountSuppressions } from './suppressions';
import { mountVerify } from './verify';
import { mountWebhookDeliveries } from './webhook-deliveries';
import { mountWebhooks } from './webhooks';

/**
 * The eConsent API, with every path as `/x` and as `/api/x`.
 * @param draining aborted when the process stops: ends open-ended answers
 * @returns `close`, which stops its timers
 */
export function econsentRouter(
  ctx: Context,
  gate: Gate,
  check: Check,
  draining: AbortSignal,
): { router: Router; close: () => void } {
  const router = Router();
  mountVerify(router, ctx, gate, check);
  mountReceipts(router, ctx, gate);
  mountContact(router, ctx, gate, check);
  const optOut = mountOptOut(router, ctx, gate);
  mountCertificates(router, ctx, gate);
  mountEvidence(router, ctx, gate);
  mountBulk(router, ctx, gate);
  mountCsv(router, ctx, gate);
  mountBatches(router, ctx, gate, draining);
  mountScrubs(router, ctx, gate, draining);
  mountFeed(router, ctx, gate);
  mountRevocations(router, ctx, gate);
  mountSuppressions(router, ctx, gate);
  mountWebhooks(router, ctx, gate);
  mountWebhookDeliveries(router, ctx, gate);
  mountAccount(router, ctx, gate);
  return { router, close: optOut.close };
}
