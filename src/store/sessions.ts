// Collections `dashboard_sessions` and `sign_in_attempts`.
import { type Connection, Schema } from 'mongoose';
import type { Session as Transaction } from './connection';

/** A dashboard session; the secret in its cookie is not stored. */
export interface DashboardSession {
  /** Hash of the cookie's secret. */
  _id: string;
  company_id: string;
  user_id: string;
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

/** Attempts to sign in to one account from one place. */
export interface SignInAttempts {
  /** Keyed hash of both. */
  _id: string;
  tries: number;
  /** Until then nothing is tried; null: the next try is free. */
  wait_until?: Date | null;
  /** Whether the last try was made to wait, and so not counted. */
  waiting?: boolean;
  /** Until then tries are counted together. */
  expires_at: Date;
}

/** How tries are slowed down. */
export interface Delays {
  freeTries: number;
  /** Milliseconds to wait once the free tries are used up; each further try doubles them. */
  firstMs: number;
  longestMs: number;
  /** After so many milliseconds without a try the count begins anew. */
  forgottenAfterMs: number;
}

const sessionSchema = new Schema<DashboardSession>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    user_id: { type: String, required: true },
    created_at: { type: Date, required: true },
    last_seen_at: { type: Date, required: true },
    confirmed_at: Date,
    ip: String,
    user_agent: String,
    expires_at: { type: Date, required: true },
  },
  { versionKey: false },
)
  .index({ expires_at: 1 }, { expireAfterSeconds: 0 })
  .index({ user_id: 1 });

const attemptsSchema = new Schema<SignInAttempts>(
  {
    _id: { type: String, required: true },
    tries: { type: Number, required: true },
    wait_until: { type: Date, default: null },
    waiting: Boolean,
    expires_at: { type: Date, required: true },
  },
  { versionKey: false },
).index({ expires_at: 1 }, { expireAfterSeconds: 0 });

/** Sessions of the dashboard, and attempts to sign in. */
export function sessionStore(connection: Connection) {
  const sessions = connection.model('DashboardSession', sessionSchema, 'dashboard_sessions');
  const attempts = connection.model('SignInAttempts', attemptsSchema, 'sign_in_attempts');
  return {
    insert: async (session: DashboardSession, transaction?: Transaction) => {
      await sessions.create([session], { session: transaction });
    },
    /** One that has not expired; MongoDB removes expired ones only once a minute. */
    find: (id: string, now: Date) =>
      sessions
        .findOne({ _id: id, expires_at: { $gt: now } })
        .lean()
        .exec(),
    /** Extends the idle limit, unless another request has just done so. */
    touch: async (id: string, seenBefore: Date, now: Date, ip: string, expires_at: Date) => {
      await sessions.updateOne(
        { _id: id, last_seen_at: { $lt: seenBefore } },
        { $set: { last_seen_at: now, ip, expires_at } },
      );
    },
    /** The password was given once more. */
    confirm: async (id: string, now: Date) => {
      await sessions.updateOne({ _id: id }, { $set: { confirmed_at: now } });
    },
    /** Those of a user that have not expired, the one that was seen last first, at most 100. */
    listOfUser: (userId: string, now: Date) =>
      sessions
        .find({ user_id: userId, expires_at: { $gt: now } })
        .sort({ last_seen_at: -1 })
        .limit(100)
        .lean()
        .exec(),
    /** Ends one of a user's; false when they have no such session. */
    deleteOne: async (userId: string, id: string, transaction: Transaction) => {
      const result = await sessions.deleteOne(
        { _id: id, user_id: userId },
        { session: transaction },
      );
      return result.deletedCount === 1;
    },
    delete: async (id: string, transaction?: Transaction) => {
      const result = await sessions.deleteOne({ _id: id }, { session: transaction });
      return result.deletedCount === 1;
    },
    /**
     * Ends those of a user.
     * @param exceptId one that goes on
     * @returns how many there were
     */
    deleteOfUser: async (userId: string, transaction?: Transaction, exceptId?: string) => {
      const result = await sessions.deleteMany(
        { user_id: userId, ...(exceptId !== undefined && { _id: { $ne: exceptId } }) },
        { session: transaction },
      );
      return result.deletedCount;
    },
    /** Counts a try before it is made, so that simultaneous ones count too, unless it has to wait. */
    countTry: (id: string, now: Date, delays: Delays) => {
      const { freeTries, firstMs, longestMs, forgottenAfterMs } = delays;
      const waiting = { $gt: ['$wait_until', now] };
      const going = { $gt: ['$expires_at', now] };
      const counted = { $cond: [going, { $add: ['$tries', 1] }, 1] };
      const surplus = { $min: [{ $subtract: ['$tries', freeTries] }, 20] };
      const delayMs = { $min: [{ $multiply: [firstMs, { $pow: [2, surplus] }] }, longestMs] };
      const delayed = { $cond: [{ $gte: ['$tries', freeTries] }, { $add: [now, delayMs] }, null] };
      const expiresAt = new Date(now.getTime() + forgottenAfterMs);
      return attempts
        .findOneAndUpdate(
          { _id: id },
          [
            { $set: { waiting, tries: { $cond: [waiting, '$tries', counted] } } },
            {
              $set: {
                wait_until: { $cond: ['$waiting', '$wait_until', delayed] },
                expires_at: { $cond: ['$waiting', '$expires_at', expiresAt] },
              },
            },
          ],
          { upsert: true, returnDocument: 'after', updatePipeline: true },
        )
        .lean()
        .orFail()
        .exec();
    },
    /** Takes back the last counted try. */
    uncountTry: async (id: string) => {
      await attempts.updateOne(
        { _id: id, tries: { $gt: 0 } },
        { $inc: { tries: -1 }, $set: { wait_until: null } },
      );
    },
    forgetTries: async (id: string) => {
      await attempts.deleteOne({ _id: id });
    },
  };
}
