// Collection `operator_sessions`.
import { type Connection, Schema } from 'mongoose';
import type { Session as Transaction } from './connection';
import { optionalText, text } from './schema-fields';

/** A session of the operator's pages; the secret in its cookie is not stored. */
export interface OperatorSession {
  /** Hash of the cookie's secret. */
  _id: string;
  /** Null: whoever has the operator token. */
  operator_id: string | null;
  /** Keyed hash of that token: the session ends when the token changes. */
  token_hash: string | null;
  created_at: Date;
  last_seen_at: Date;
  /** The earlier of the idle and the absolute limit. */
  expires_at: Date;
}

const schema = new Schema<OperatorSession>(
  {
    _id: text,
    operator_id: optionalText,
    token_hash: optionalText,
    created_at: { type: Date, required: true },
    last_seen_at: { type: Date, required: true },
    expires_at: { type: Date, required: true },
  },
  { versionKey: false },
)
  .index({ expires_at: 1 }, { expireAfterSeconds: 0 })
  .index({ operator_id: 1 });

/** Sessions of the operator's pages. */
export function operatorSessionStore(connection: Connection) {
  const model = connection.model('OperatorSession', schema, 'operator_sessions');
  return {
    insert: async (session: OperatorSession, transaction: Transaction) => {
      await model.create([session], { session: transaction });
    },
    /** One that has not expired; MongoDB removes expired ones only once a minute. */
    find: (id: string, now: Date) =>
      model
        .findOne({ _id: id, expires_at: { $gt: now } })
        .lean()
        .exec(),
    /** Extends the idle limit, unless another request has just done so. */
    touch: async (id: string, seenBefore: Date, now: Date, expires_at: Date) => {
      await model.updateOne(
        { _id: id, last_seen_at: { $lt: seenBefore } },
        { $set: { last_seen_at: now, expires_at } },
      );
    },
    delete: async (id: string, transaction: Transaction) => {
      const result = await model.deleteOne({ _id: id }, { session: transaction });
      return result.deletedCount === 1;
    },
    deleteOf: async (operatorId: string, transaction: Transaction) => {
      await model.deleteMany({ operator_id: operatorId }, { session: transaction });
    },
  };
}
