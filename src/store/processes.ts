// Collection `processes`: the web and worker processes, as they say that they live.
import { type Connection, Schema } from 'mongoose';
import { DAY_MS } from '../lib/durations';
import { optionalDate, text } from './schema-fields';

export type ProcessRole = 'web' | 'worker';

/** Checks of the last hour, as the process that answered them counted. */
export interface CheckCounts {
  total: number;
  /** Answered with a 5xx. */
  failed: number;
  /** How many took at most so long; by rising times, each count includes those before it. */
  within: { ms: number; count: number }[];
}

/** What a process says of itself with each beat. */
export interface ProcessSays {
  role: ProcessRole;
  host: string;
  version: string;
  started_at: Date;
  /** The queues that it takes jobs from at the moment; a web process takes none. */
  takes: string[];
  /** Null: it answers no checks. */
  checks: CheckCounts | null;
}

/** A process and its last beat. */
export interface ProcessBeat extends ProcessSays {
  _id: string;
  /** By the server's clock. */
  beat_at: Date;
  /** When it stopped as it should; null: it lives, or died. */
  ended_at: Date | null;
}

const KEPT_MS = 2 * DAY_MS;
const MAX_LISTED = 500;

const schema = new Schema<ProcessBeat>(
  {
    _id: text,
    role: text,
    host: text,
    version: text,
    started_at: { type: Date, required: true },
    takes: { type: [String], required: true },
    checks: { type: Schema.Types.Mixed, default: null },
    beat_at: { type: Date, required: true },
    ended_at: optionalDate,
  },
  { versionKey: false },
).index({ beat_at: 1 }, { expireAfterSeconds: KEPT_MS / 1_000 });

/** One record for each process; gone two days after its last beat. */
export function processStore(connection: Connection) {
  const model = connection.model('Process', schema, 'processes');
  const say = async (id: string, said: object): Promise<void> => {
    const record = { $mergeObjects: ['$$ROOT', { $literal: said }, { beat_at: '$$NOW' }] };
    await model.updateOne({ _id: id }, [{ $replaceWith: record }], {
      upsert: true,
      updatePipeline: true,
    });
  };
  return {
    /** Says that the process lives, and what it does. */
    beat: (id: string, said: ProcessSays) => say(id, { ...said, ended_at: null }),
    /** Says that it stops, so that nobody takes it for dead. */
    end: async (id: string) => {
      const ended = { $set: { beat_at: '$$NOW', ended_at: '$$NOW' } };
      await model.updateOne({ _id: id }, [ended], { updatePipeline: true });
    },
    /** Those with a beat since `since`, the newest beat first; at most 500. */
    list: (since: Date): Promise<ProcessBeat[]> =>
      model
        .find({ beat_at: { $gte: since } })
        .sort({ beat_at: -1 })
        .limit(MAX_LISTED)
        .lean<ProcessBeat[]>()
        .exec(),
    /** The last worker that was heard of; null: none in two days. */
    lastOf: (role: ProcessRole): Promise<ProcessBeat | null> =>
      model.findOne({ role }).sort({ beat_at: -1 }).lean<ProcessBeat>().exec(),
  };
}
