import type { Context } from '../../context';
import type { Batch, BatchState } from '../../store/batches';
import type { BatchFilter as StoredFilter } from '../../store/operator-batches';
import type { PageRequest } from '../../store/paging';
import { actorNamed } from '../audit/actor-name';
import { kindOf } from './batch-kind';
import { batchView, type BatchView } from './batch-view';
import { scrubView, type ScrubView } from './scrub/scrub-view';

const STUCK_AFTER_MS = 5 * 60_000;
const MAX_COUNTED = 1_000;

/** By what operators list batches: states, and two views of those that have work left. */
export const BATCH_VIEWS = [
  ...(['open', 'stuck', 'queued', 'parsing', 'revoking', 'answering'] as const),
  'recording',
  ...(['completed', 'failed', 'cancelled', 'previewed'] as const),
] as const satisfies readonly (BatchState | 'open' | 'stuck')[];

/** Which batches to list: those that meet every condition given. */
export interface BatchFilter {
  /** `stuck`: no worker has held it for five minutes. */
  state?: (typeof BATCH_VIEWS)[number] | undefined;
  companyId?: string | undefined;
  /** Who started it, as `actorName` gives it; without an id everybody of the kind. */
  actor?: string | undefined;
  /** Accepted at or after. */
  from?: Date | undefined;
  /** Accepted before. */
  to?: Date | undefined;
}

/** A batch of any company. */
export interface CompanyBatch extends BatchView {
  company_id: string;
  /** What has become of the rows of one that answers them, and what it costs; null: it revokes. */
  scrub: ScrubView | null;
}

/**
 * A page of the batches of all companies, newest first.
 * @throws AppError search_too_long; invalid_request naming `cursor`
 */
export async function listAllBatches({
  ctx,
  filter,
  ...page
}: { ctx: Context; filter: BatchFilter } & PageRequest): Promise<{
  batches: CompanyBatch[];
  next_cursor: string | null;
  previous_cursor: string | null;
}> {
  const { items, ...cursors } = await ctx.store.operatorBatches.page(stored(ctx, filter), page);
  return { batches: items.map((batch) => companyBatch(batch, ctx.now())), ...cursors };
}

/** How many have failed and are stuck, counted up to 1,000; null: that would take too long. */
export async function countTroubledBatches({
  ctx,
}: {
  ctx: Context;
}): Promise<Record<'failed' | 'stuck', number | null>> {
  const count = (state: 'failed' | 'stuck') =>
    ctx.store.operatorBatches.count(stored(ctx, { state }), MAX_COUNTED);
  const [failed, stuck] = await Promise.all([count('failed'), count('stuck')]);
  return { failed, stuck };
}

/** A batch as operators see it. */
export function companyBatch(batch: Batch, now: Date): CompanyBatch {
  const scrub = kindOf(batch) === 'scrubs' ? scrubView(batch, now) : null;
  return { company_id: batch.company_id, scrub, ...batchView(batch, now) };
}

function stored(ctx: Context, { actor, ...filter }: BatchFilter): StoredFilter {
  const { type, id } = actor === undefined ? { type: null, id: null } : actorNamed(actor);
  return {
    ...filter,
    stuckBefore: new Date(ctx.now().getTime() - STUCK_AFTER_MS),
    actor: type === null ? undefined : { type, id: id ?? undefined },
  };
}
