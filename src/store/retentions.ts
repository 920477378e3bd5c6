// Collection `retentions`.
import { type Connection, Schema } from 'mongoose';
import { type Actor, actorSchema } from './actor';
import type { Session } from './connection';
import { pendingQueries, TO_ENQUEUE } from './pending';
import { sumOf } from './sum';

export type RetentionKind = 'session' | 'certificate';

/**
 * A paid retention and the money reserved for it.
 * `reserved` → the caller has its answer · `done` → retained and debited · `released` → given up,
 * nothing debited.
 */
export interface Retention {
  /** `retain:<kind>:<company>:<session>`; also the key of its ledger line. */
  _id: string;
  /**
   * Random name for the queue: `_id` contains a session id, in which a company may put anything.
   */
  job_ref: string;
  company_id: string;
  kind: RetentionKind;
  session_id: string;
  certificate_id: string;
  fee_microusd: number;
  retained_until: Date;
  state: 'reserved' | 'done' | 'released';
  actor: Actor;
  ip: string | null;
  requested_at: Date;
  settled_at: Date | null;
  enqueued_at: Date | null;
}

/** The key of a reservation and of its ledger line. */
export function retentionId(kind: RetentionKind, companyId: string, sessionId: string): string {
  return `retain:${kind}:${companyId}:${sessionId}`;
}

const schema = new Schema<Retention>(
  {
    _id: { type: String, required: true },
    job_ref: { type: String, required: true },
    company_id: { type: String, required: true },
    kind: { type: String, required: true },
    session_id: { type: String, required: true },
    certificate_id: { type: String, required: true },
    fee_microusd: { type: Number, required: true },
    retained_until: { type: Date, required: true },
    state: { type: String, required: true },
    actor: actorSchema,
    ip: { type: String, default: null },
    requested_at: { type: Date, required: true },
    settled_at: { type: Date, default: null },
    enqueued_at: { type: Date, default: null },
  },
  { versionKey: false },
)
  .index({ requested_at: 1 }, { name: 'pending', partialFilterExpression: { state: 'reserved' } })
  .index(TO_ENQUEUE, { name: 'to_enqueue', partialFilterExpression: { state: 'reserved' } })
  .index({ company_id: 1, state: 1 })
  .index({ job_ref: 1 }, { unique: true });

/** Paid retentions. */
export function retentionStore(connection: Connection) {
  const model = connection.model('Retention', schema, 'retentions');
  return {
    insert: async (retention: Retention, session: Session) => {
      await model.create([retention], { session });
    },
    find: (id: string, session?: Session) =>
      model
        .findById(id)
        .session(session ?? null)
        .lean()
        .exec(),
    /** The id of the retention that a job is about, or null. */
    idByJobRef: async (jobRef: string) => {
      const found = await model.findOne({ job_ref: jobRef }, { _id: 1 }).lean();
      return found?._id ?? null;
    },
    /** Reserves a released one again. */
    reserveAgain: async ({ _id, ...rest }: Retention, session: Session) => {
      await model.updateOne({ _id, state: 'released' }, { $set: rest }, { session });
    },
    /** Settles it once; false when it was settled before. */
    settle: async (id: string, state: 'done' | 'released', at: Date, session: Session) => {
      const result = await model.updateOne(
        { _id: id, state: 'reserved' },
        { $set: { state, settled_at: at } },
        { session },
      );
      return result.modifiedCount === 1;
    },
    /** Deletes those of `ids` that are settled: their certificates are gone for good. */
    deleteSettled: async (ids: string[], session: Session) => {
      await model.deleteMany({ _id: { $in: ids }, state: { $ne: 'reserved' } }, { session });
    },
    ...pendingQueries(connection, 'retentions', { state: 'reserved' }, 'job_ref'),
    /** Which of the certificates have a reservation that is not settled yet. */
    findReserved: async (
      companyId: string,
      certificates: { _id: string; session_id: string }[],
      session?: Session,
    ): Promise<Set<string>> => {
      const ids = certificates.flatMap(({ session_id }) => [
        retentionId('session', companyId, session_id),
        retentionId('certificate', companyId, session_id),
      ]);
      const found = await model
        .find({ _id: { $in: ids }, state: 'reserved' }, { certificate_id: 1 })
        .session(session ?? null)
        .lean();
      return new Set(found.map((retention) => retention.certificate_id));
    },
    /** µUSD reserved by a company's open retentions. */
    sumReserved: (companyId: string, session?: Session): Promise<number> =>
      sumOf(model, 'fee_microusd', { company_id: companyId, state: 'reserved' }, session),
  };
}
