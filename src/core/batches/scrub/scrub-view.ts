import type { Channel } from '../../../store/certificates';
import type { ContactReason } from '../../../store/batch-scrub';
import type { Batch, BatchState, IdentifierColumn } from '../../../store/batches';
import { batchView } from '../batch-view';
import { noAnswers } from './new-scrub';
import { priceOf } from './row-money';

/** A scrub as callers see it. */
export interface ScrubView extends Record<ContactReason, number> {
  scrub_id: string;
  state: BatchState;
  /** What its file was called; null: it had no name, or it has been deleted. */
  file_name: string | null;
  /** Who started it, such as `user:usr_…`. */
  actor: string;
  channel: Channel | null;
  consent_type: string | null;
  rows_read: number;
  /** Estimated from the bytes until the whole file has been read; null before the first rows. */
  rows_total: number | null;
  /** Rows that cannot be read, and are free. */
  invalid: number;
  /** What answering all its rows costs; null until it has been previewed. */
  price_microusd: number | null;
  reserved_microusd: number;
  charged_microusd: number;
  rows_per_second: number | null;
  /** 0 once nothing is left to do, null while it cannot be known. */
  seconds_left: number | null;
  created_at: Date;
  completed_at: Date | null;
  /** When file and result are deleted; null: they have been. */
  expires_at: Date | null;
  error: string | null;
  /** The columns of its file that it uses. */
  columns_used: { name: string; kind: IdentifierColumn }[];
  /** Names of the first hundred that it does not use. */
  columns_ignored: string[];
}

/** What callers see of a scrub at this moment. */
export function scrubView(batch: Batch, now: Date): ScrubView {
  const { scrub, upload_expires_at } = batch;
  const view = batchView(batch, now);
  return {
    scrub_id: view.batch_id,
    state: view.state,
    file_name: view.file_name,
    actor: view.actor,
    channel: scrub?.channel ?? null,
    consent_type: scrub?.consent_type ?? null,
    rows_read: view.rows_read,
    rows_total: view.rows_total,
    ...(scrub?.answers ?? noAnswers()),
    invalid: view.invalid,
    price_microusd: scrub ? priceOf(scrub) : null,
    reserved_microusd: scrub?.reserved_microusd ?? 0,
    charged_microusd: scrub?.charged_microusd ?? 0,
    rows_per_second: view.rows_per_second,
    seconds_left: view.seconds_left,
    created_at: view.created_at,
    completed_at: view.completed_at,
    expires_at: upload_expires_at,
    error: view.error,
    columns_used: (batch.upload?.columns ?? []).map(({ name, kind }) => ({ name, kind })),
    columns_ignored: view.columns_ignored,
  };
}
