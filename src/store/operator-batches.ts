// Collections `batches` and `audit_entries`: batches of all companies, for operators.
import type { Connection } from 'mongoose';
import type { Actor } from './actor';
import type { AuditAction } from './audit-actions';
import type { AuditEntry } from './audit-entries';
import { BATCH_INDEXES } from './batch-indexes';
import type { Batch, BatchState } from './batches';
import { atMost, isOverTime, orTooLong } from './connection';
import { beyondPlace, type PageRequest, turnPage, type TwoWayPage } from './paging';
import { beginningWith } from './prefix';

/** Which batches to list: those that meet every condition given. */
export interface BatchFilter {
  /** `open`: work is left · `stuck`: and nobody has held it since `stuckBefore`. */
  state?: BatchState | 'open' | 'stuck' | undefined;
  stuckBefore?: Date | undefined;
  companyId?: string | undefined;
  /** Who started it; without an id everybody of the type. */
  actor?: { type: Actor['type']; id?: string | undefined } | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

/** Together they leave time to answer: see the limits of the web process. */
const LIST_MS = 2_000;
const COUNT_MS = 800;
const MAX_CHANGES = 50;

/** What people did to a batch that has begun. */
const CHANGES: AuditAction[] = [
  ...(['batch.committed', 'batch.cancelled', 'batch.resumed'] as const),
  ...(['scrub.committed', 'scrub.cancelled', 'scrub.resumed'] as const),
];

/** Batches of all companies, by an index for each filter. */
export function operatorBatchStore(connection: Connection) {
  const batches = connection.collection<Batch>('batches');
  const entries = connection.collection<AuditEntry>('audit_entries');
  return {
    /**
     * A page, newest first.
     * @throws AppError search_too_long; invalid_request naming `cursor`
     */
    page: (filter: BatchFilter, page: PageRequest): Promise<TwoWayPage<Batch>> =>
      turnPage(
        page,
        (item: Batch) => ({ at: item.created_at, id: item._id }),
        (turn, limit) =>
          orTooLong(
            batches
              .find(
                { $and: [conditions(filter), beyondPlace(turn)] },
                { ...atMost(connection, LIST_MS), hint: indexFor(filter) },
              )
              .sort(turn.isNewer ? { created_at: 1, _id: 1 } : { created_at: -1, _id: -1 })
              .limit(limit)
              .toArray(),
          ),
      ),
    /** How many there are, counting up to `limit`; null when that takes too long. */
    count: async (filter: BatchFilter, limit: number): Promise<number | null> => {
      try {
        return await batches.countDocuments(conditions(filter), {
          ...atMost(connection, COUNT_MS),
          hint: indexFor(filter),
          limit,
        });
      } catch (error) {
        if (!isOverTime(error)) throw error;
        return null;
      }
    },
    /**
     * The entries of who committed, cancelled or resumed a batch, oldest first, at most 50.
     * @throws AppError search_too_long
     */
    changesOf: ({ _id, company_id, created_at }: Batch): Promise<AuditEntry[]> =>
      orTooLong(
        entries
          .find(
            {
              company_id,
              action: { $in: CHANGES },
              at: { $gte: created_at },
              // Alone, or followed by a reason.
              $or: [{ reason: _id }, { reason: beginningWith(`${_id}: `) }],
            },
            atMost(connection, LIST_MS),
          )
          .sort({ at: 1, _id: 1 })
          .limit(MAX_CHANGES)
          .toArray(),
      ),
  };
}

function conditions({ state, stuckBefore, companyId, actor, from, to }: BatchFilter): object {
  return {
    // One whose file is still coming in is no batch yet.
    state: state === undefined || isView(state) ? { $ne: 'receiving' } : state,
    ...(isView(state) && { open: true }),
    ...(state === 'stuck' && {
      requested_at: { $lt: stuckBefore },
      $or: [{ lease_until: null }, { lease_until: { $lt: stuckBefore } }],
    }),
    ...(companyId !== undefined && { company_id: companyId }),
    ...(actor && { 'actor.type': actor.type, ...(actor.id && { 'actor.id': actor.id }) }),
    ...((from ?? to) && { created_at: { ...(from && { $gte: from }), ...(to && { $lt: to }) } }),
  };
}

function isView(state: BatchFilter['state']): state is 'open' | 'stuck' {
  return state === 'open' || state === 'stuck';
}

/** The one that has what is asked for in the order of the list, and as little else as may be. */
function indexFor({ state, companyId, actor }: BatchFilter): string {
  const { byTime, ofState, ofCompany, ofCompanyState, open, ofActor, ofActorType } = BATCH_INDEXES;
  if (actor?.id !== undefined) return ofActor;
  if (isView(state)) return open;
  if (companyId !== undefined) return state === undefined ? ofCompany : ofCompanyState;
  if (state !== undefined) return ofState;
  return actor ? ofActorType : byTime;
}
