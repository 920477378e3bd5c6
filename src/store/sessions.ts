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
  /** The earlier of the idle and the absolute limit. */
  expires_at: Date;
}

/** Attempts to sign in under one email, whether or not it has a user. */
export interface SignInAttempts {
  /** Keyed hash of the email. */
  _id: string;
  tries: number;
  /** Until then tries are counted together; beyond the limit nothing is tried at all. */
  expires_at: Date;
}

const sessionSchema = new Schema<DashboardSession>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    user_id: { type: String, required: true },
    created_at: { type: Date, required: true },
    last_seen_at: { type: Date, required: true },
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
    touch: async (id: string, seenBefore: Date, now: Date, expires_at: Date) => {
      await sessions.updateOne(
        { _id: id, last_seen_at: { $lt: seenBefore } },
        { $set: { last_seen_at: now, expires_at } },
      );
    },
    delete: async (id: string, transaction?: Transaction) => {
      const result = await sessions.deleteOne({ _id: id }, { session: transaction });
      return result.deletedCount === 1;
    },
    deleteOfUser: async (userId: string, transaction?: Transaction) => {
      await sessions.deleteMany({ user_id: userId }, { session: transaction });
    },
    /**
     * Counts a try before it is made, so that simultaneous ones count too. After `windowMs` without
     * reaching `limit` the count begins again; on reaching it the window starts anew.
     */
    countTry: (id: string, now: Date, limit: number, windowMs: number) => {
      const until = new Date(now.getTime() + windowMs);
      const running = { $gt: ['$expires_at', now] };
      const tries = { $cond: [running, { $add: ['$tries', 1] }, 1] };
      return attempts
        .findOneAndUpdate(
          { _id: id },
          [
            { $set: { tries } },
            {
              $set: {
                expires_at: {
                  $cond: [{ $and: [running, { $ne: ['$tries', limit] }] }, '$expires_at', until],
                },
              },
            },
          ],
          { upsert: true, returnDocument: 'after', updatePipeline: true },
        )
        .lean()
        .orFail()
        .exec();
    },
    forgetTries: async (id: string) => {
      await attempts.deleteOne({ _id: id });
    },
  };
}
