// Collection `health_samples`.
import { type Connection, Schema } from 'mongoose';
import { QUEUE_NAMES, type QueueName } from '../jobs/contract';
import { DAY_MS, MINUTE_MS } from '../lib/durations';
import { retryOnDuplicate } from './connection';

/** The state of one queue. */
export interface QueueSample {
  /** Jobs that a worker could take. */
  waiting: number;
  active: number;
  /** Jobs to be tried later. */
  delayed: number;
  /** Failed for good and kept for operators. */
  failed: number;
  /** 0 when nothing waits. */
  oldest_seconds: number;
  /** Counted since Redis was last empty: what happened is the difference of two samples. */
  completed_total: number;
  failed_total: number;
}

/** The state of queues and outbox in one minute. */
export interface HealthSample {
  /** The minute in UTC, `2026-11-21T13:45`. */
  _id: string;
  at: Date;
  /** Null: Redis did not answer. */
  queues: Record<QueueName, QueueSample> | null;
  /**
   * Age in seconds of the oldest recorded work that is not done, by where it is recorded; null: its
   * database did not answer.
   */
  outbox: Record<string, number | null>;
}

const EMPTY: QueueSample = {
  waiting: 0,
  active: 0,
  delayed: 0,
  failed: 0,
  oldest_seconds: 0,
  completed_total: 0,
  failed_total: 0,
};

const KEPT_MS = 2 * DAY_MS;

const schema = new Schema<HealthSample>(
  {
    _id: { type: String, required: true },
    at: { type: Date, required: true },
    queues: { type: Schema.Types.Mixed, default: null },
    outbox: { type: Schema.Types.Mixed, required: true },
  },
  { versionKey: false, minimize: false },
).index({ at: 1 }, { expireAfterSeconds: KEPT_MS / 1_000 });

/** One sample a minute, whichever process takes it; gone after two days. */
export function healthSampleStore(connection: Connection) {
  const model = connection.model('HealthSample', schema, 'health_samples');
  return {
    exists: async (minute: string) => (await model.exists({ _id: minute })) !== null,
    /** Keeps the first sample of a minute; false when there was one already. */
    insertOnce: ({ _id, ...rest }: HealthSample): Promise<boolean> =>
      retryOnDuplicate(async () => {
        const result = await model.updateOne({ _id }, { $setOnInsert: rest }, { upsert: true });
        return result.upsertedCount === 1;
      }),
    /** Samples from `from` on, oldest first, two days of them at most. */
    since: async (from: Date): Promise<HealthSample[]> => {
      const samples = await model
        .find({ at: { $gte: from } })
        .sort({ at: 1 })
        .limit(KEPT_MS / MINUTE_MS)
        .lean<HealthSample[]>()
        .exec();
      return samples.map((sample) => ({
        ...sample,
        queues: sample.queues && whole(sample.queues),
      }));
    },
  };
}

/** Samples by an earlier release lack the queues that have come since. */
function whole(queues: Partial<Record<QueueName, QueueSample>>): Record<QueueName, QueueSample> {
  const entries = QUEUE_NAMES.map((name) => [name, queues[name] ?? EMPTY] as const);
  return Object.fromEntries(entries) as Record<QueueName, QueueSample>;
}
