import type { BatchKind } from '../../store/batch-kinds';
import {
  type Batch,
  type BatchState,
  IDENTIFIER_COLUMNS,
  type RowOutcome,
  USED_COLUMNS,
  type UsedColumn,
} from '../../store/batches';
import { type Channel, CHANNELS } from '../../store/certificates';
import { actorName } from '../audit/actor-name';
import { type BatchWarning, warningsOf } from './warnings';

export { type Batch, type BatchKind, IDENTIFIER_COLUMNS, USED_COLUMNS };

/** A batch as callers see it. */
export interface BatchView extends Record<RowOutcome, number> {
  batch_id: string;
  method: Batch['method'];
  state: BatchState;
  dry_run: boolean;
  /** What its file was called; null: it had no name, no file, or a clean-up has removed it. */
  file_name: string | null;
  /** Who started it, such as `user:usr_…`. */
  actor: string;
  reason: string | null;
  /** What rows opt out of that do not say it themselves; all three: they revoke. */
  channels: Channel[];
  rows_read: number;
  /** Estimated from the bytes until the whole file has been read; null before the first rows. */
  rows_total: number | null;
  /** Rows that opt out of fewer than all channels. */
  partial_rows: number;
  /** Rows whose opt-out was remembered. */
  remembered: number;
  certificates_revoked: number;
  rows_per_second: number | null;
  /** 0 once nothing is left to do, null while it cannot be known. */
  seconds_left: number | null;
  created_at: Date;
  flags_committed_at: Date | null;
  completed_at: Date | null;
  error: string | null;
  /** The columns of its file that it uses. */
  columns_used: { name: string; kind: UsedColumn }[];
  /** Names of the first hundred that it does not use. */
  columns_ignored: string[];
  /** What somebody should look at before it is committed. */
  warnings: BatchWarning[];
}

/** States in which rows are read. */
const READING = new Set<BatchState>(['parsing', 'revoking', 'answering']);

/** What callers see of a batch at this moment. */
export function batchView(batch: Batch, now: Date): BatchView {
  return {
    batch_id: batch._id,
    method: batch.method,
    state: batch.state,
    dry_run: batch.dry_run,
    file_name: batch.file_name ?? null,
    actor: actorName(batch.actor),
    reason: batch.reason,
    channels: batch.channels ?? [...CHANNELS],
    rows_read: batch.rows_read,
    rows_total: rowsTotal(batch),
    revoked: batch.revoked,
    already_revoked: batch.already_revoked,
    not_found: batch.not_found,
    invalid: batch.invalid,
    duplicate: batch.duplicate,
    partial_rows: batch.partial_rows ?? 0,
    remembered: batch.remembered ?? 0,
    certificates_revoked: batch.certificates_revoked,
    rows_per_second: batch.rows_per_second,
    seconds_left: secondsLeft(batch, now),
    created_at: batch.created_at,
    flags_committed_at: batch.flags_committed_at,
    completed_at: batch.completed_at,
    error: batch.error,
    columns_used: columnsUsed(batch),
    columns_ignored: batch.upload?.ignored_columns ?? [],
    warnings: warningsOf(batch),
  };
}

function columnsUsed({ upload }: Batch): BatchView['columns_used'] {
  const { columns = [], channels_column: channels } = upload ?? {};
  const used = [...columns, ...(channels ? [{ ...channels, kind: 'channels' as const }] : [])];
  return used.sort((a, b) => a.index - b.index).map(({ name, kind }) => ({ name, kind }));
}

/** Whether nothing more happens to it, unless somebody asks for it. */
export function isFinished(batch: Batch): boolean {
  return !batch.open && batch.state !== 'receiving';
}

function rowsTotal({ rows_total, rows_read, upload, position }: Batch): number | null {
  if (rows_total !== null) return rows_total;
  const { done, total } = bytes({ upload, position });
  return done > 0 ? Math.max(rows_read, Math.round((rows_read * total) / done)) : null;
}

function bytes({ upload, position }: Pick<Batch, 'upload' | 'position'>) {
  if (!upload || !position) return { done: 0, total: 0 };
  const start = upload.data.offset;
  return { done: position.offset - start, total: upload.bytes - start };
}

function secondsLeft(batch: Batch, now: Date): number | null {
  if (isFinished(batch)) return 0;
  if (READING.has(batch.state)) {
    const total = rowsTotal(batch);
    return total === null ? null : atRate(total - batch.rows_read, batch.rows_per_second);
  }
  return batch.state === 'recording' ? recordingSecondsLeft(batch, now) : null;
}

/** At the rate at which its audit entries have been written so far. */
function recordingSecondsLeft(batch: Batch, now: Date): number | null {
  const { certificates_recorded: recorded, certificates_revoked, flags_committed_at } = batch;
  if (!flags_committed_at) return null;
  const seconds = (now.getTime() - flags_committed_at.getTime()) / 1_000;
  return seconds > 0 ? atRate(certificates_revoked - recorded, recorded / seconds) : null;
}

function atRate(left: number, perSecond: number | null): number | null {
  if (left <= 0) return 0;
  return perSecond !== null && perSecond > 0 ? Math.ceil(left / perSecond) : null;
}
