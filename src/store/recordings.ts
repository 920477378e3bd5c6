// Collection `recordings`.
import { type Connection, Schema } from 'mongoose';
import type { Session } from './connection';

/** The recording of the session during which a consumer consented. */
export interface Recording {
  /** The id of the session's certificate. */
  _id: string;
  company_id: string;
  session_id: string;
  /** Events exactly as captured; text, so that no key in them can mean anything to the database. */
  events_json: string;
  recorded_at: Date;
}

const schema = new Schema<Recording>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    session_id: { type: String, required: true },
    events_json: { type: String, required: true },
    recorded_at: { type: Date, required: true },
  },
  { versionKey: false },
)
  // Covers whole heads, so that the sweep never reads a recording to see that it is due.
  .index({ company_id: 1, recorded_at: 1, _id: 1 });

/** What a clean-up needs to know of a recording. */
export type RecordingHead = Pick<Recording, '_id' | 'recorded_at'>;

/** Session recordings, not in the certificates because they are removed earlier. */
export function recordingStore(connection: Connection) {
  const model = connection.model('Recording', schema, 'recordings');
  return {
    insert: async (recording: Recording, session: Session) => {
      await model.create([recording], { session });
    },
    /** Those recorded by `before`, oldest first, from the index alone. */
    dueCursor: (companyId: string, before: Date, batchSize: number): AsyncIterable<RecordingHead> =>
      model.collection.find<RecordingHead>(
        { company_id: companyId, recorded_at: { $lte: before } },
        { projection: { recorded_at: 1 }, sort: { recorded_at: 1, _id: 1 }, batchSize },
      ),
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
