// Collection `idempotency_records`.
import { type Connection, Schema } from 'mongoose';
import { isDuplicate, type Session } from './connection';

export interface StoredResponse {
  status: number;
  /** JSON text. */
  body: string;
}

/**
 * What was done under an Idempotency-Key.
 * `running`: a lease, free to take over once `lease_until` has passed · `done`: the first answer.
 */
export interface IdempotencyRecord {
  /** Keyed by caller, method, path and key. */
  _id: string;
  request_hash: string;
  state: 'running' | 'done';
  /** Names the effect: whoever takes over after a crash repeats the same one. */
  operation_id: string;
  /** Changes with each holder of the lease. */
  lease: string;
  lease_until: Date;
  response: StoredResponse | null;
  expires_at: Date;
}

const schema = new Schema<IdempotencyRecord>(
  {
    _id: { type: String, required: true },
    request_hash: { type: String, required: true },
    state: { type: String, required: true },
    operation_id: { type: String, required: true },
    lease: { type: String, required: true },
    lease_until: { type: Date, required: true },
    response: { type: Schema.Types.Mixed, default: null },
    expires_at: { type: Date, required: true },
  },
  { versionKey: false },
).index({ expires_at: 1 }, { expireAfterSeconds: 0 });

/** A record as its first holder writes it; the server adds the end of the lease. */
export type NewRecord = Omit<IdempotencyRecord, 'lease_until'>;

export type SeenRecord = IdempotencyRecord & { lease_left_ms: number };

/** The part of a record that completes it. */
export interface Completion {
  id: string;
  lease: string;
  response: StoredResponse;
}

/** Values as they are: in a pipeline, a text that begins with `$` would be read as a field. */
function literal(values: object): Record<string, object> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]: [string, unknown]) => [name, { $literal: value }]),
  );
}

/** Idempotency records and their leases. */
export function idempotencyStore(connection: Connection) {
  const model = connection.model('IdempotencyRecord', schema, 'idempotency_records');
  return {
    /**
     * Writes a record whose lease lasts `leaseMs` from now, by the server's clock.
     * @returns false when the key is in use
     */
    insert: async (record: NewRecord, leaseMs: number) => {
      const { _id, ...rest } = record;
      const fresh = { _id, ...literal(rest), lease_until: { $add: ['$$NOW', leaseMs] } };
      const isNew = { $eq: [{ $type: '$lease' }, 'missing'] };
      try {
        const result = await model.updateOne(
          { _id },
          [{ $replaceWith: { $cond: [isNew, fresh, '$$ROOT'] } }],
          { upsert: true, updatePipeline: true },
        );
        return result.upsertedCount === 1;
      } catch (error) {
        if (isDuplicate(error)) return false;
        throw error;
      }
    },
    /** A record and how long its lease still lasts, in milliseconds by the server's clock. */
    find: async (id: string): Promise<SeenRecord | null> => {
      const left = { $subtract: ['$lease_until', '$$NOW'] };
      const [seen] = await model.aggregate<SeenRecord>([
        { $match: { _id: id } },
        { $addFields: { lease_left_ms: left } },
      ]);
      return seen ?? null;
    },
    /** Takes over an expired lease or record; false when another caller did. */
    takeOver: async (record: NewRecord, seen: IdempotencyRecord, leaseMs: number) => {
      const { _id, ...rest } = record;
      const result = await model.updateOne(
        { _id, lease: seen.lease, lease_until: seen.lease_until, state: seen.state },
        [{ $set: { ...literal(rest), lease_until: { $add: ['$$NOW', leaseMs] } } }],
        { updatePipeline: true },
      );
      return result.modifiedCount === 1;
    },
    /** Makes a lease last `leaseMs` from now; does nothing once it has passed to another holder. */
    renew: async (id: string, lease: string, leaseMs: number) => {
      await model.updateOne(
        { _id: id, lease, state: 'running' },
        [{ $set: { lease_until: { $add: ['$$NOW', leaseMs] } } }],
        { updatePipeline: true },
      );
    },
    /** Which of these leases have passed to other holders; by the ids of their records. */
    lost: async (leases: { id: string; lease: string }[], session: Session) => {
      const held = await model
        .find({ $or: leases.map(({ id, lease }) => ({ _id: id, lease, state: 'running' })) })
        .session(session)
        .lean();
      const ids = new Set(held.map(({ _id }) => _id));
      return new Set(leases.flatMap(({ id }) => (ids.has(id) ? [] : id)));
    },
    /** Stores answers; returns how many leases were still held. */
    complete: async (completions: Completion[], session?: Session) => {
      if (completions.length === 0) return 0;
      const result = await connection
        .collection<IdempotencyRecord>('idempotency_records')
        .bulkWrite(
          completions.map(({ id, lease, response }) => ({
            updateOne: {
              filter: { _id: id, lease, state: 'running' },
              update: { $set: { state: 'done', response } },
            },
          })),
          { session },
        );
      return result.matchedCount;
    },
    /** Lets the next call take over at once: the outcome is unknown. */
    release: async (id: string, lease: string) => {
      await model.updateOne(
        { _id: id, lease, state: 'running' },
        { $set: { lease_until: new Date(0) } },
      );
    },
    /** Frees the key after a refusal: only successes are kept. */
    remove: async (id: string, lease: string) => {
      await model.deleteOne({ _id: id, lease, state: 'running' });
    },
  };
}
