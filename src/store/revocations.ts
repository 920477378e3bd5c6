// Collection `revocations`.
import { type Connection, Schema } from 'mongoose';
import { type Actor, actorSchema } from './actor';
import type { Channel, RevocationMethod } from './certificates';
import type { Session } from './connection';
import { DAY_MS } from '../lib/durations';
import { rowKey } from './batch-rows';
import { pendingQueries, TO_ENQUEUE } from './pending';
import type { Position } from './paging';
import { erasingQueries } from './revocation-erasing';
import { addFeedIndexes } from './revocation-feeds';
import { advancingQueries } from './revocation-advancing';

/**
 * A request to revoke, written down before anything happens.
 * `recorded` → flags being set · `flagged` → every flag is set, the caller may be answered ·
 * `batched` → the same for a part of a batch, which does the rest itself · `completed` → audit
 * and follow-up done · `void` → others had revoked everything.
 */
export interface Revocation {
  _id: string;
  company_id: string;
  method: RevocationMethod;
  actor: Actor;
  ip: string | null;
  reason: string | null;
  /** What it opts out of; absent: of everything, which revokes. */
  channels?: Channel[];
  /**
   * What the request resolved to; a replay touches these and no later ones. Once it is completed: what
   * it revoked, as others that were faster name the rest.
   */
  certificate_ids: string[];
  requested_at: Date;
  state: 'recorded' | 'flagged' | 'batched' | 'completed' | 'void';
  flags_committed_at: Date | null;
  completed_at: Date | null;
  /** `certificate_ids` are known to be exactly what it revoked, so that nobody need look. */
  exact?: boolean;
  /** Its audit entry was written as its flags were counted, in the same transaction. */
  audited?: boolean;
  /** When the follow-up was last handed to the queue. */
  enqueued_at: Date | null;
  /** The group that shared the job of the follow-up then. */
  enqueued_with?: string;
  /** The batch that it is a part of; the batch's own job writes the audit. */
  batch_id: string | null;
  /** The rows of the batch that it covers, from 1. */
  rows: { first: number; last: number } | null;
  /** Its number in the feed of its company; missing until somebody polls. */
  feed?: number;
}

const VOID_KEPT_MS = 2 * DAY_MS;

const schema = new Schema<Revocation>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    method: { type: String, required: true },
    actor: actorSchema,
    ip: { type: String, default: null },
    reason: { type: String, default: null },
    channels: { type: [String], default: undefined },
    certificate_ids: { type: [String], required: true },
    requested_at: { type: Date, required: true },
    state: { type: String, required: true },
    flags_committed_at: { type: Date, default: null },
    completed_at: { type: Date, default: null },
    exact: { type: Boolean, default: undefined },
    audited: { type: Boolean, default: undefined },
    enqueued_at: { type: Date, default: null },
    enqueued_with: { type: String, default: undefined },
    batch_id: { type: String, default: null },
    rows: { type: Schema.Types.Mixed, default: null },
    feed: { type: Number, default: undefined },
  },
  { versionKey: false },
)
  .index({ company_id: 1, requested_at: -1, _id: -1 })
  .index(
    { requested_at: 1 },
    { name: 'pending', partialFilterExpression: { state: { $in: ['recorded', 'flagged'] } } },
  )
  .index(TO_ENQUEUE, {
    name: 'to_enqueue',
    partialFilterExpression: { state: { $in: ['recorded', 'flagged'] } },
  })
  // An index of its own, so that a long backlog need not be searched while Redis is away.
  .index({ requested_at: 1 }, { name: 'unflagged', partialFilterExpression: { state: 'recorded' } })
  .index(
    { completed_at: 1, _id: 1 },
    { name: 'completed', partialFilterExpression: { completed_at: { $type: 'date' } } },
  )
  // It revoked nothing: of use only as long as the same request may be made again.
  .index(
    { flags_committed_at: 1 },
    {
      name: 'void',
      expireAfterSeconds: VOID_KEPT_MS / 1_000,
      partialFilterExpression: { state: 'void' },
    },
  );
addFeedIndexes(schema, 'certificates');

/** The id of a part of a batch: `page` of what the rows from `firstRow` on resolved to. */
export function partId(batchId: string, firstRow: number, page: number): string {
  return `${batchId}.${rowKey(firstRow)}-${String(page)}`;
}

/** Ids that begin with `prefix` and `separator`; `next` comes right after it in ASCII. */
function between(prefix: string, separator: string, next: string) {
  return { $gte: prefix + separator, $lt: prefix + next };
}

function revocationModel(connection: Connection) {
  return connection.model('Revocation', schema, 'revocations');
}
export type RevocationModel = ReturnType<typeof revocationModel>;

/** What the proof of the audit needs to know of a revocation. */
export interface CompletedRevocation {
  _id: string;
  completed_at: Date;
  /** How many certificates the request named; it revoked as many or fewer. */
  named: number;
}

/** Requests to revoke, and their progress. */
export function revocationStore(connection: Connection) {
  const model = revocationModel(connection);
  const pending = { state: { $in: ['recorded', 'flagged'] as Revocation['state'][] } };
  return {
    insert: async (revocation: Revocation, session?: Session) => {
      await model.create([revocation], { session });
    },
    insertMany: async (revocations: Revocation[], session: Session) => {
      await model.insertMany(revocations, { session, lean: true });
    },
    find: (id: string) => model.findById(id).lean().exec(),
    /** The parts of a batch that were recorded for the rows from `firstRow` on. */
    findPartsAt: (batchId: string, firstRow: number, session: Session) =>
      model
        .find({ _id: between(`${batchId}.${rowKey(firstRow)}`, '-', '.') })
        .session(session)
        .lean()
        .exec(),
    /** Parts of a batch that are in `state`, in order, after the id `after`. */
    findParts: (batchId: string, state: Revocation['state'], after: string, limit: number) =>
      model
        .find({ $and: [{ _id: between(batchId, '.', '/') }, { _id: { $gt: after } }], state })
        .sort({ _id: 1 })
        .limit(limit)
        .lean()
        .exec(),
    /** What each of these opts out of; those that revoke are not in it. */
    channelsOf: async (ids: string[], session: Session): Promise<Map<string, Channel[]>> => {
      const found = await model
        .find({ _id: { $in: ids }, channels: { $exists: true } }, { channels: 1 })
        .session(session)
        .lean();
      return new Map(found.map(({ _id, channels = [] }) => [_id, channels]));
    },
    findMany: (ids: string[]) =>
      model
        .find({ _id: { $in: ids } })
        .lean()
        .exec(),
    ...pendingQueries(connection, 'revocations', pending, '_id'),
    ...erasingQueries(model),
    ...advancingQueries(model),
    /** Ids of those whose flags are not all set, oldest first, from before `recordedBefore`. */
    findUnflagged: (recordedBefore: Date, limit: number) =>
      model
        .find({ state: 'recorded', requested_at: { $lt: recordedBefore } }, { _id: 1 })
        .sort({ requested_at: 1 })
        .limit(limit)
        .lean()
        .exec(),
    /** Those completed in a window, with how many certificates each named, oldest first. */
    findCompleted: (from: Date, to: Date, after: Position | null, limit: number) =>
      model
        .aggregate<CompletedRevocation>([
          {
            $match: {
              completed_at: { $type: 'date', $gte: after?.at ?? from, $lt: to },
              ...(after && { $nor: [{ completed_at: after.at, _id: { $lte: after.id } }] }),
            },
          },
          { $sort: { completed_at: 1, _id: 1 } },
          { $limit: limit },
          { $project: { completed_at: 1, named: { $size: '$certificate_ids' } } },
        ])
        .exec(),
  };
}
