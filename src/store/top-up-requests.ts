// Collection `top_up_requests`.
import { type Connection, Schema } from 'mongoose';
import { type Actor, actorSchema } from './actor';
import { type Session } from './connection';

export const TOP_UP_STATES = ['requested', 'approved', 'declined', 'cancelled'] as const;
export type TopUpState = (typeof TOP_UP_STATES)[number];

/** Money that a company wants in its wallet. */
export interface TopUpRequest {
  /** `tur_…`; the ledger line of an approved one has the key `topup:<id>`. */
  _id: string;
  company_id: string;
  /** Whole µUSD above 0. */
  amount_microusd: number;
  state: TopUpState;
  requested_by: Actor;
  requested_at: Date;
  /** Who approved, declined or cancelled it, when, and why it was declined. */
  decided_by: Actor | null;
  decided_at: Date | null;
  reason: string | null;
}

/** What happens to a request that waits. */
export type Decision = Pick<TopUpRequest, 'decided_by' | 'decided_at' | 'reason'> & {
  state: Exclude<TopUpState, 'requested'>;
};

const schema = new Schema<TopUpRequest>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    amount_microusd: { type: Number, required: true },
    state: { type: String, enum: TOP_UP_STATES, required: true },
    requested_by: actorSchema,
    requested_at: { type: Date, required: true },
    decided_by: { type: actorSchema, default: null },
    decided_at: { type: Date, default: null },
    reason: { type: String, default: null },
  },
  { versionKey: false },
)
  .index({ company_id: 1, requested_at: -1, _id: -1 })
  .index({ requested_at: 1 }, { name: 'waiting', partialFilterExpression: { state: 'requested' } });

/** Top-ups that companies asked for. */
export function topUpRequestStore(connection: Connection) {
  const model = connection.model('TopUpRequest', schema, 'top_up_requests');
  return {
    insert: async (request: TopUpRequest, session: Session) => {
      await model.create([request], { session });
    },
    find: (id: string, session?: Session): Promise<TopUpRequest | null> =>
      model
        .findById(id)
        .session(session ?? null)
        .lean()
        .exec(),
    /** Decides a request that waits; false: it does not, or there is none. */
    decide: async (id: string, decision: Decision, session: Session): Promise<boolean> => {
      const waiting = { _id: id, state: 'requested' as const };
      const { matchedCount } = await model.updateOne(waiting, { $set: decision }, { session });
      return matchedCount > 0;
    },
    countWaiting: (companyId: string, session: Session): Promise<number> =>
      model.countDocuments({ company_id: companyId, state: 'requested' }, { session }),
    /** A company's in these states, newest first. */
    newest: (companyId: string, states: TopUpState[], limit: number): Promise<TopUpRequest[]> =>
      model
        .find({ company_id: companyId, state: { $in: states } })
        .sort({ requested_at: -1, _id: -1 })
        .limit(limit)
        .lean()
        .exec(),
    /** Those that wait, of all companies, oldest first. */
    waiting: (limit: number): Promise<TopUpRequest[]> =>
      model.find({ state: 'requested' }).sort({ requested_at: 1 }).limit(limit).lean().exec(),
  };
}
