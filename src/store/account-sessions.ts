// No collection: what the sessions of users and of operators have in common.
import { type Connection, Schema } from 'mongoose';
import type { Session as Transaction } from './connection';

/** A session of somebody who signs in by a page; the secret in its cookie is not stored. */
export interface AccountSession {
  /** Hash of the cookie's secret. */
  _id: string;
  created_at: Date;
  last_seen_at: Date;
  /** When the password was last given; absent in sessions from earlier releases. */
  confirmed_at?: Date;
  /** Where it was last seen; absent as above. */
  ip?: string;
  /** As its browser names itself; null or absent: unknown. */
  user_agent?: string | null;
  /** The earlier of the idle and the absolute limit. */
  expires_at: Date;
}

const fields = {
  _id: { type: String, required: true },
  created_at: { type: Date, required: true },
  last_seen_at: { type: Date, required: true },
  confirmed_at: Date,
  ip: String,
  user_agent: String,
  expires_at: { type: Date, required: true },
} as const;

const MAX_LISTED = 100;

/**
 * A collection of them.
 * @param owner the field that says whose a session is
 * @param more the other fields that it has, such as that one
 */
export function accountSessionStore<S extends AccountSession>(
  connection: Connection,
  {
    name,
    collection,
    owner,
    more,
  }: { name: string; collection: string; owner: keyof S & string; more: object },
) {
  const schema = new Schema<AccountSession>({ ...fields, ...more }, { versionKey: false })
    .index({ expires_at: 1 }, { expireAfterSeconds: 0 })
    .index({ [owner]: 1 });
  const model = connection.model(name, schema, collection);
  const of = (account: string) => ({ [owner]: account });
  return {
    insert: async (session: S, transaction: Transaction) => {
      await model.create([session], { session: transaction });
    },
    /** One that has not expired; MongoDB removes expired ones only once a minute. */
    find: (id: string, now: Date) =>
      model
        .findOne({ _id: id, expires_at: { $gt: now } })
        .lean<S>()
        .exec(),
    /** Extends the idle limit, unless another request has just done so. */
    touch: async (id: string, seenBefore: Date, now: Date, ip: string, expires_at: Date) => {
      await model.updateOne(
        { _id: id, last_seen_at: { $lt: seenBefore } },
        { $set: { last_seen_at: now, ip, expires_at } },
      );
    },
    /** The password was given once more. */
    confirm: async (id: string, now: Date) => {
      await model.updateOne({ _id: id }, { $set: { confirmed_at: now } });
    },
    /** Those of an account that have not expired, the one that was seen last first, at most 100. */
    listOf: (account: string, now: Date) =>
      model
        .find({ ...of(account), expires_at: { $gt: now } })
        .sort({ last_seen_at: -1 })
        .limit(MAX_LISTED)
        .lean<AccountSession[]>()
        .exec(),
    /** Ends one of an account's; false when it has no such session. */
    deleteOne: async (account: string, id: string, transaction: Transaction) => {
      const result = await model.deleteOne({ _id: id, ...of(account) }, { session: transaction });
      return result.deletedCount === 1;
    },
    delete: async (id: string, transaction: Transaction) => {
      const result = await model.deleteOne({ _id: id }, { session: transaction });
      return result.deletedCount === 1;
    },
    /**
     * Ends those of an account.
     * @param exceptId one that goes on
     * @returns how many there were
     */
    deleteOf: async (account: string, transaction: Transaction, exceptId?: string) => {
      const result = await model.deleteMany(
        { ...of(account), ...(exceptId !== undefined && { _id: { $ne: exceptId } }) },
        { session: transaction },
      );
      return result.deletedCount;
    },
  };
}
