import type { Context } from '../../context';
import { AppError } from '../../errors';
import type { AuditEntry } from '../../store/audit-entries';
import type { Batch } from '../../store/batches';
import { actorName } from '../audit/actor-name';
import { type CompanyBatch, companyBatch } from './list-all-batches';

/** What can happen to a batch. */
export type BatchEventKind =
  | 'accepted'
  | 'committed'
  | 'cancelled'
  | 'resumed'
  | 'lease_taken'
  | 'lease_lost'
  | 'lease_given_back'
  | 'checkpoint'
  | 'flags_committed'
  | 'ended';

/** Something that happened to a batch. */
export interface BatchEvent {
  at: Date;
  kind: BatchEventKind;
  /** As `actorName` gives it; null: nobody, or it is not known any more. */
  by: string | null;
  why: string | null;
  /** Rows read until then, where that is known. */
  rows: number | null;
}

/** A batch of any company, and what has happened to it. */
export interface BatchHistory {
  batch: CompanyBatch;
  events: BatchEvent[];
  /** A worker holds it until then, unless it gives another sign of life. */
  heldUntil: Date | null;
  failures: number;
  canCancel: boolean;
  canResume: boolean;
}

const RUNNING = ['queued', 'parsing', 'revoking', 'answering', 'recording', 'previewed'];

/**
 * A batch of any company with its time line, oldest first: what is written down of it. Of leases the
 * newest 20 are kept, of checkpoints the last.
 * @throws AppError batch_not_found, search_too_long
 */
export async function batchHistory({
  ctx,
  batchId,
}: {
  ctx: Context;
  batchId: string;
}): Promise<BatchHistory> {
  const batch = await ctx.store.batches.find(batchId);
  if (!batch || batch.state === 'receiving') throw new AppError('batch_not_found');
  const changes = await ctx.store.operatorBatches.changesOf(batch);
  const now = ctx.now();
  const hasFile = batch.upload !== null && batch.upload_expires_at !== null;
  const events = [...begun(batch, changes), ...changes.map(changed), ...worked(batch)];
  const isHeld = batch.open && batch.lease_until !== null && batch.lease_until > now;
  return {
    batch: companyBatch(batch, now),
    events: events.sort((a, b) => a.at.getTime() - b.at.getTime()),
    heldUntil: isHeld ? batch.lease_until : null,
    failures: batch.failures,
    canCancel: hasFile && RUNNING.includes(batch.state),
    canResume: hasFile && batch.state === 'failed' && !batch.open,
  };
}

/** A commit puts who committed in the place of who had sent the file. */
function begun({ created_at: at, actor, reason }: Batch, changes: AuditEntry[]): BatchEvent[] {
  const isCommitted = changes.some(({ action }) => KINDS[action] === 'committed');
  const by = isCommitted ? null : actorName(actor);
  return [{ at, kind: 'accepted', by, why: reason, rows: null }];
}

const KINDS: Record<string, BatchEventKind> = {
  'batch.committed': 'committed',
  'batch.cancelled': 'cancelled',
  'batch.resumed': 'resumed',
  'scrub.committed': 'committed',
  'scrub.cancelled': 'cancelled',
  'scrub.resumed': 'resumed',
};

/** The reason of such an entry is the id of the batch, and after a colon what somebody said. */
function changed({ at, action, actor, reason }: AuditEntry): BatchEvent {
  const colon = reason?.indexOf(': ') ?? -1;
  const why = colon === -1 ? null : (reason?.slice(colon + 2) ?? null);
  return { at, kind: KINDS[action] ?? 'resumed', by: actorName(actor), why, rows: null };
}

/** What workers did. */
function worked(batch: Batch): BatchEvent[] {
  const { leases = [], progress_at, flags_committed_at, completed_at, rows_read, error } = batch;
  const nobody = { by: null, why: null, rows: null };
  const held = leases.flatMap(({ at, rows_read: rows, ended_at, lost }): BatchEvent[] => [
    { ...nobody, at, kind: 'lease_taken', rows },
    ...(ended_at
      ? [{ ...nobody, at: ended_at, kind: lost ? 'lease_lost' : 'lease_given_back' } as const]
      : []),
  ]);
  const at = (time: Date | null | undefined, event: Omit<BatchEvent, 'at'>): BatchEvent[] =>
    time ? [{ at: time, ...event }] : [];
  return [
    ...held,
    ...at(progress_at, { ...nobody, kind: 'checkpoint', rows: rows_read }),
    ...at(flags_committed_at, { ...nobody, kind: 'flags_committed' }),
    ...at(completed_at, { ...nobody, kind: 'ended', why: error }),
  ];
}
