// Collection `recordings`.
import { type Connection, Schema } from 'mongoose';
import { countInTime, type Session } from './connection';

/** The recording of the session during which a consumer consented. */
export interface Recording {
  /** The id of the session's certificate. */
  _id: string;
  company_id: string;
  session_id: string;
  /** Events exactly as captured; text, so that no key in them can mean anything to the database. */
  events_json: string;
  recorded_at: Date;
  /** Up to when its retention is paid for; missing without, and in those of earlier releases. */
  kept_until?: Date;
}

const schema = new Schema<Recording>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    session_id: { type: String, required: true },
    events_json: { type: String, required: true },
    recorded_at: { type: Date, required: true },
    kept_until: Date,
  },
  { versionKey: false },
)
  // Covers whole heads, so that the sweep never reads a recording to see that it is due.
  .index({ company_id: 1, kept_until: 1, recorded_at: 1, _id: 1 });

/** What a clean-up needs to know of a recording. */
export type RecordingHead = Pick<Recording, '_id' | 'recorded_at'>;

/** Session recordings, not in the certificates because they are removed earlier. */
export function recordingStore(connection: Connection) {
  const model = connection.model('Recording', schema, 'recordings');
  const due = (companyId: string, { before, now }: { before: Date; now: Date }) => ({
    company_id: companyId,
    kept_until: { $not: { $gt: now } },
    recorded_at: { $lte: before },
  });
  return {
    insert: async (recording: Recording, session: Session) => {
      await model.create([recording], { session });
    },
    /** How many of `dueCursor` there are, counting up to `limit`; null when that takes too long. */
    countDue: (companyId: string, asked: { before: Date; now: Date }, limit: number) =>
      countInTime(connection, model.collection, due(companyId, asked), { limit }),
    /**
     * Those recorded by `before` whose retention is not paid for, oldest first, and then those whose
     * paid retention is over, from the index alone.
     */
    dueCursor: (
      companyId: string,
      asked: { before: Date; now: Date },
      batchSize: number,
    ): AsyncIterable<RecordingHead> =>
      model.collection.find<RecordingHead>(due(companyId, asked), {
        projection: { recorded_at: 1 },
        sort: { kept_until: 1, recorded_at: 1, _id: 1 },
        batchSize,
      }),
    /** Extends the time for which a recording is kept; never shortens it. */
    keepUntil: async (companyId: string, certificateId: string, until: Date, session: Session) => {
      await model.updateOne(
        { _id: certificateId, company_id: companyId },
        { $max: { kept_until: until } },
        { session },
      );
    },
    findHeads: (companyId: string, certificateIds: string[], session: Session) =>
      model
        .find({ _id: { $in: certificateIds }, company_id: companyId }, { recorded_at: 1 })
        .session(session)
        .lean<RecordingHead[]>()
        .exec(),
    deleteMany: async (companyId: string, certificateIds: string[], session: Session) => {
      await model.deleteMany({ _id: { $in: certificateIds }, company_id: companyId }, { session });
    },
    findMany: (companyId: string, certificateIds: string[]) =>
      model
        .find({ _id: { $in: certificateIds }, company_id: companyId })
        .lean()
        .exec(),
    find: (certificateId: string) => model.findById(certificateId).lean().exec(),
  };
}
