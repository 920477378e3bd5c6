import { z } from 'zod';
import { type Receipt, RECEIPT_FORMAT } from '../../core/proof/receipt';
import type { Answer } from '../answer';

/** A receipt is in the log within 2 s. */
const RETRY_AFTER_SECONDS = 2;

const opening = z.object({ salt: z.string(), value: z.string() });
const path = z.array(z.string());

/** A receipt as it goes over the wire. */
export const receipt = z
  .object({
    format: z.literal(RECEIPT_FORMAT),
    record: z.string(),
    signature: z.string(),
    opening: z.object({
      commitments: z.record(z.string(), opening.nullable()),
      subjects: z.array(opening),
    }),
    inclusion: z.object({
      subjects: z.array(z.object({ index: z.int(), size: z.int(), path })),
      record: z.object({ index: z.int(), path }),
    }),
    checkpoint: z.string(),
  })
  .meta({ id: 'Receipt' });

/** What is answered until there is one. */
export const pendingReceipt = z
  .object({ state: z.literal('pending') })
  .meta({ id: 'PendingReceipt' });

/** Answers with a receipt, or with when to ask again. */
export function receiptAnswer(made: Receipt | null): Answer {
  if (made) return { status: 200, body: made };
  return {
    status: 202,
    headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) },
    body: { state: 'pending' },
  };
}
