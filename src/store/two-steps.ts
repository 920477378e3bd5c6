// Collection `two_steps`.
import { type Connection, Schema } from 'mongoose';
import type { Session } from './connection';

/** Two-step sign-in of an account that has it on. */
export interface TwoStep {
  /** Whose: the id of a user or an operator. */
  _id: string;
  /** What codes are made from; sealed under a key that is not in the database. */
  secret: string;
  on_since: Date;
  /** The newest time step of which a code was used; its code and all before are worth nothing. */
  last_step: number;
  /** Keyed hashes of those that have not been used. */
  recovery_codes: string[];
}

const schema = new Schema<TwoStep>(
  {
    _id: { type: String, required: true },
    secret: { type: String, required: true },
    on_since: { type: Date, required: true },
    last_step: { type: Number, required: true },
    recovery_codes: { type: [String], required: true },
  },
  { versionKey: false },
);

/** Secrets and recovery codes of accounts that have two-step sign-in on. */
export function twoStepStore(connection: Connection) {
  const model = connection.model('TwoStep', schema, 'two_steps');
  return {
    insert: async (twoStep: TwoStep, session: Session) => {
      await model.create([twoStep], { session });
    },
    find: (account: string, session?: Session) =>
      model
        .findById(account)
        .session(session ?? null)
        .lean()
        .exec(),
    /** Which of these accounts have it on, at most 1,000. */
    findOn: async (accounts: string[]) => {
      const found = await model
        .find({ _id: { $in: accounts } }, { _id: 1 })
        .limit(1_000)
        .lean<{ _id: string }[]>()
        .exec();
      return found.map(({ _id }) => _id);
    },
    /** Uses up a time step and all before it: of several calls at once exactly one gets it. */
    useStep: async (account: string, step: number, session: Session) => {
      const result = await model.updateOne(
        { _id: account, last_step: { $lt: step } },
        { $set: { last_step: step } },
        { session },
      );
      return result.modifiedCount === 1;
    },
    /**
     * Uses up a recovery code, once.
     * @param hashes of the code, under every key
     * @returns how many are left; null: there is no such code, or it has been used
     */
    useRecoveryCode: async (account: string, hashes: string[], session: Session) => {
      const left = await model
        .findOneAndUpdate(
          { _id: account, recovery_codes: { $in: hashes } },
          { $pull: { recovery_codes: { $in: hashes } } },
          { session, returnDocument: 'after' },
        )
        .lean()
        .exec();
      return left?.recovery_codes.length ?? null;
    },
    setRecoveryCodes: async (account: string, hashes: string[], session: Session) => {
      await model.updateOne({ _id: account }, { $set: { recovery_codes: hashes } }, { session });
    },
    /** False when it was not on. */
    delete: async (account: string, session: Session) => {
      const result = await model.deleteOne({ _id: account }, { session });
      return result.deletedCount === 1;
    },
  };
}
