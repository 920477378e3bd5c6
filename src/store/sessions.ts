// Collections `dashboard_sessions` and `sign_in_attempts`.
import { type Connection, Schema } from 'mongoose';
import { type AccountSession, accountSessionStore } from './account-sessions';
import { text } from './schema-fields';

/** A session of a company's dashboard. */
export interface DashboardSession extends AccountSession {
  company_id: string;
  user_id: string;
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
  const sessions = accountSessionStore<DashboardSession>(connection, {
    name: 'DashboardSession',
    collection: 'dashboard_sessions',
    owner: 'user_id',
    more: { company_id: text, user_id: text },
  });
  const attempts = connection.model('SignInAttempts', attemptsSchema, 'sign_in_attempts');
  return {
    ...sessions,
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
