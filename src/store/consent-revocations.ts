// Collection `consent_revocations`.
import { type Connection, Schema } from 'mongoose';
import { type Actor, actorSchema } from './actor';
import type { RevocationMethod } from './certificates';
import type { Session } from './connection';
import type { Dialect } from './consents';
import { pendingQueries, TO_ENQUEUE } from './pending';
import { addFeedIndexes } from './revocation-feeds';
import { sumOf } from './sum';

/**
 * A request that revoked consents. It is recorded, applied and written into the audit log in one
 * transaction: `recorded` → the caller may be answered · `completed` → follow-up done.
 */
export interface ConsentRevocation {
  _id: string;
  company_id: string;
  dialect: Dialect;
  /** What it revoked, by the ids of the originals; at most 1,000. */
  consent_ids: string[];
  method: RevocationMethod;
  actor: Actor;
  ip: string | null;
  reason: string | null;
  requested_at: Date;
  /** The user's status before and after; Baanx only. */
  impact: { before: 'complete' | 'incomplete'; after: 'complete' | 'incomplete' } | null;
  /** Reserved in the wallet until `completed`. */
  fee_microusd: number;
  state: 'recorded' | 'completed';
  completed_at: Date | null;
  enqueued_at: Date | null;
  /** The group that shared the job of the follow-up then. */
  enqueued_with?: string;
  /** Its number in the feed of its company and region; missing until somebody polls. */
  feed?: number;
}

const schema = new Schema<ConsentRevocation>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    dialect: { type: String, required: true },
    consent_ids: { type: [String], required: true },
    method: { type: String, required: true },
    actor: actorSchema,
    ip: { type: String, default: null },
    reason: { type: String, default: null },
    requested_at: { type: Date, required: true },
    impact: { type: Schema.Types.Mixed, default: null },
    fee_microusd: { type: Number, required: true },
    state: { type: String, required: true },
    completed_at: { type: Date, default: null },
    enqueued_at: { type: Date, default: null },
    enqueued_with: { type: String, default: undefined },
    feed: { type: Number, default: undefined },
  },
  { versionKey: false },
)
  .index({ company_id: 1, requested_at: -1, _id: -1 })
  .index({ requested_at: 1 }, { name: 'pending', partialFilterExpression: { state: 'recorded' } })
  .index(TO_ENQUEUE, { name: 'to_enqueue', partialFilterExpression: { state: 'recorded' } })
  .index(
    { company_id: 1 },
    { name: 'reserved', partialFilterExpression: { state: 'recorded', fee_microusd: { $gt: 0 } } },
  );
addFeedIndexes(schema, 'consents');

/** Requests that revoked consents of a region, and their progress. */
export function consentRevocationStore(connection: Connection) {
  const model = connection.model('ConsentRevocation', schema, 'consent_revocations');
  return {
    insert: async (revocation: ConsentRevocation, session: Session) => {
      await model.create([revocation], { session });
    },
    find: (id: string, session?: Session) =>
      model
        .findById(id)
        .session(session ?? null)
        .lean()
        .exec(),
    findMany: (ids: string[], session?: Session) =>
      model
        .find({ _id: { $in: ids } })
        .session(session ?? null)
        .lean()
        .exec(),
    /** Empties IP and reason. */
    blank: async (ids: string[], session: Session) => {
      if (ids.length === 0) return;
      await model.updateMany(
        { _id: { $in: ids } },
        { $set: { ip: null, reason: null } },
        { session },
      );
    },
    /** Completes those that are not completed. */
    complete: async (ids: string[], at: Date, session: Session): Promise<void> => {
      await model.updateMany(
        { _id: { $in: ids }, state: 'recorded' },
        { $set: { state: 'completed', completed_at: at } },
        { session },
      );
    },
    ...pendingQueries(connection, 'consent_revocations', { state: 'recorded' }, '_id'),
    /** µUSD reserved by a company's uncompleted requests. */
    sumReserved: (companyId: string, session?: Session): Promise<number> =>
      sumOf(
        model,
        'fee_microusd',
        { company_id: companyId, state: 'recorded', fee_microusd: { $gt: 0 } },
        session,
      ),
  };
}
