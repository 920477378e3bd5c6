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
);

/** Session recordings, apart from the certificates because they go earlier. */
export function recordingStore(connection: Connection) {
  const model = connection.model('Recording', schema, 'recordings');
  return {
    model,
    insert: async (recording: Recording, session: Session) => {
      await model.create([recording], { session });
    },
    find: (certificateId: string) => model.findById(certificateId).lean().exec(),
  };
}
