import { type Connection, Schema } from 'mongoose';
import type { Session } from './connection';
import { pendingQueries } from './pending';

export const CLEANUP_STEPS = ['recording', 'certificate', 'indexes', 'uploads'] as const;
export type CleanupStep = (typeof CLEANUP_STEPS)[number];

/** How one step of a clean-up stands; a failed one is tried again. */
export interface StepStatus {
  state: 'pending' | 'done' | 'failed' | 'not_needed';
  at: Date | null;
  /** A code. */
  error: string | null;
}

/** A decision to remove data, and how far it has been carried out. */
export interface Cleanup {
  _id: string;
  company_id: string;
  /** What `subject_ids` are ids of. */
  subject: 'certificates' | 'recordings' | 'uploads';
  subject_ids: string[];
  action: 'delete' | 'anonymise' | 'archive';
  steps: Record<CleanupStep, StepStatus>;
  /** `done` only when every step is `done` or `not_needed`. */
  state: 'pending' | 'done';
  requested_at: Date;
  completed_at: Date | null;
  enqueued_at: Date | null;
}

const schema = new Schema<Cleanup>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    subject: { type: String, required: true },
    subject_ids: { type: [String], required: true },
    action: { type: String, required: true },
    steps: { type: Schema.Types.Mixed, required: true },
    state: { type: String, required: true },
    requested_at: { type: Date, required: true },
    completed_at: { type: Date, default: null },
    enqueued_at: { type: Date, default: null },
  },
  { versionKey: false },
)
  .index({ company_id: 1, requested_at: -1, _id: -1 })
  .index({ requested_at: 1 }, { name: 'pending', partialFilterExpression: { state: 'pending' } });

/** Clean-ups, and how far each has come. */
export function cleanupStore(connection: Connection) {
  const model = connection.model('Cleanup', schema, 'cleanups');
  return {
    model,
    insert: async (cleanup: Cleanup, session?: Session) => {
      await model.create([cleanup], { session });
    },
    find: (id: string) => model.findById(id).lean().exec(),
    markEnqueued: async (id: string, at: Date) => {
      await model.updateOne({ _id: id }, { $set: { enqueued_at: at } });
    },
    ...pendingQueries(connection, 'cleanups', { state: 'pending' }, '_id'),
  };
}
