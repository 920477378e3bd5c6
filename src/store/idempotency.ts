// Collection `idempotency_records`.
import { type Connection, Schema } from 'mongoose';
import type { Session } from './connection';

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

/** The part of a record that completes it. */
export interface Completion {
  id: string;
  lease: string;
  response: StoredResponse;
}

/** Idempotency records and their leases. */
export function idempotencyStore(connection: Connection) {
  const model = connection.model('IdempotencyRecord', schema, 'idempotency_records');
  return {
    /** @throws a duplicate error when the key is in use */
    insert: async (record: IdempotencyRecord) => {
      await model.create(record);
    },
    find: (id: string) => model.findById(id).lean().exec(),
    /** Takes over an expired lease or record; false when another caller did. */
    takeOver: async (record: IdempotencyRecord, seen: IdempotencyRecord) => {
      const { _id, ...rest } = record;
      const result = await model.updateOne(
        { _id, lease: seen.lease, state: seen.state },
        { $set: rest },
      );
      return result.modifiedCount === 1;
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
