// Collection `evidence`.
import { type Connection, Schema } from 'mongoose';
import { maxTime, type Session } from './connection';
import { pendingQueries, TO_ENQUEUE } from './pending';
import { given, optionalDate, text } from './schema-fields';

/** A file of all that proves a certificate: asked for, being made, or made and kept for a while. */
export interface Evidence {
  /** Also the id of its file. */
  _id: string;
  company_id: string;
  /** Absent once a clean-up has given it up. */
  certificate_id?: string;
  /** The one that is handed out or waited for; a certificate has one at most. */
  latest?: true;
  /** `given_up`: its file goes once `expires_at` has come; whoever is reading it may finish. */
  state: 'pending' | 'made' | 'given_up';
  /** Counts the tries, so that an earlier one can write no more. */
  attempt: number;
  bytes: number;
  /** What of the certificate it shows (see `stateOf`), and what was recorded up to when. */
  shows: string | null;
  as_of: Date | null;
  made_at: Date | null;
  expires_at: Date | null;
  /** The clean-up that has to remove it before it is done. */
  cleanup_id?: string;
  requested_at: Date;
  enqueued_at: Date | null;
}

/** What is known once it is made. */
export type MadeEvidence = Pick<Evidence, 'bytes'> & {
  shows: string;
  as_of: Date;
  made_at: Date;
  expires_at: Date;
};

const PENDING = { state: 'pending' } as const;

const schema = new Schema<Evidence>(
  {
    _id: text,
    company_id: text,
    certificate_id: String,
    latest: Boolean,
    state: text,
    attempt: { type: Number, required: true },
    bytes: { type: Number, required: true },
    shows: { type: String, default: null },
    as_of: optionalDate,
    made_at: optionalDate,
    expires_at: optionalDate,
    cleanup_id: String,
    requested_at: { type: Date, required: true },
    enqueued_at: optionalDate,
  },
  { versionKey: false },
)
  .index({ certificate_id: 1 }, { unique: true, partialFilterExpression: { latest: true } })
  .index({ company_id: 1, certificate_id: 1 })
  .index({ company_id: 1, state: 1 })
  .index({ expires_at: 1 }, { partialFilterExpression: { expires_at: { $type: 'date' } } })
  .index({ cleanup_id: 1 }, given('cleanup_id'))
  .index({ requested_at: 1 }, { name: 'pending', partialFilterExpression: PENDING })
  .index(TO_ENQUEUE, { name: 'to_enqueue', partialFilterExpression: PENDING });

/** Files of evidence and where they stand; the files themselves are in a bucket. */
export function evidenceStore(connection: Connection) {
  const model = connection.model('Evidence', schema, 'evidence');
  const givenUp = { state: 'given_up' } as const;
  return {
    ...pendingQueries(connection, 'evidence', PENDING, '_id'),
    /** @throws a duplicate (see `isDuplicate`) when the certificate has one */
    insert: async (evidence: Evidence, session: Session) => {
      await model.create([evidence], { session });
    },
    find: (id: string) => model.findById(id).lean().exec(),
    latest: (companyId: string, certificateId: string) =>
      model
        .findOne({ certificate_id: certificateId, latest: true, company_id: companyId })
        .lean()
        .exec(),
    /** What a company has under way, and what is kept for it. */
    countOf: async (companyId: string, session: Session) => {
      const sums = await model.aggregate<{ _id: Evidence['state']; count: number; bytes: number }>(
        [
          { $match: { company_id: companyId } },
          { $group: { _id: '$state', count: { $sum: 1 }, bytes: { $sum: '$bytes' } } },
        ],
        { ...maxTime(connection), session },
      );
      const pending = sums.find(({ _id }) => _id === 'pending')?.count ?? 0;
      return { pending, bytes: sums.reduce((sum, { bytes }) => sum + bytes, 0) };
    },
    /** How many of a company were asked for before a time and are not made yet, up to `limit`. */
    countBefore: (companyId: string, before: Date, limit: number): Promise<number> =>
      model
        .countDocuments({ company_id: companyId, ...PENDING, requested_at: { $lt: before } })
        .limit(limit)
        .exec(),
    /** Begins a try; earlier ones can write no more. Null: it is not pending. */
    begin: (id: string) =>
      model
        .findOneAndUpdate(
          { _id: id, ...PENDING },
          { $inc: { attempt: 1 }, $set: { bytes: 0 } },
          { returnDocument: 'after' },
        )
        .lean()
        .exec(),
    /** In the transaction that writes to the file: false when another try has begun, or it was given up. */
    wrote: async ({ _id, attempt }: Evidence, bytes: number, session: Session) => {
      const written = await model.updateOne(
        { _id, attempt, ...PENDING },
        { $set: { bytes } },
        { session },
      );
      return written.matchedCount === 1;
    },
    /** In the transaction that completes the file: false as above. */
    finish: async ({ _id, attempt }: Evidence, made: MadeEvidence, session: Session) => {
      const change = { $set: { state: 'made' as const, ...made } };
      const { matchedCount } = await model.updateOne({ _id, attempt, ...PENDING }, change, {
        session,
      });
      return matchedCount === 1;
    },
    /** Gives up one that is still as it was read; false: it is not. */
    giveUp: async ({ _id, state }: Evidence, expiresAt: Date, session?: Session) => {
      const change = { $set: { ...givenUp, expires_at: expiresAt }, $unset: { latest: 1 } };
      const { matchedCount } = await model.updateOne({ _id, state }, change, { session });
      return matchedCount === 1;
    },
    /** Gives up all of these certificates, in the transaction that cleans them up. */
    giveUpOf: async (
      companyId: string,
      certificateIds: string[],
      by: { at: Date; cleanupId: string },
      session: Session,
    ) => {
      await model.updateMany(
        { company_id: companyId, certificate_id: { $in: certificateIds } },
        {
          $set: { ...givenUp, expires_at: by.at, cleanup_id: by.cleanupId },
          $unset: { latest: 1, certificate_id: 1 },
        },
        { session },
      );
    },
    /** Those that a clean-up has given up. */
    ofCleanup: (cleanupId: string) =>
      model.find({ cleanup_id: cleanupId }, { _id: 1 }).lean().exec(),
    /** Those whose time has come, at most `limit`. */
    expired: (now: Date, limit: number) =>
      model
        .find({ expires_at: { $lte: now } })
        .sort({ expires_at: 1 })
        .limit(limit)
        .lean()
        .exec(),
    remove: async (id: string) => {
      await model.deleteOne({ _id: id });
    },
  };
}
