// Collection `cleanups`.
import { type Connection, Schema } from 'mongoose';
import { DAY_MS } from '../lib/durations';
import type { Session } from './connection';
import { afterCursor, type PageRequest, toPage } from './paging';
import { pendingQueries, TO_ENQUEUE } from './pending';
import { optionalDate, text } from './schema-fields';

/** In the order in which they run. */
export const CLEANUP_STEPS = [
  'archive',
  'recording',
  'certificate',
  'indexes',
  'uploads',
  'consent',
  'traces',
] as const;
export type CleanupStep = (typeof CLEANUP_STEPS)[number];

/** The state of one step of a clean-up; a failed one is retried. */
export interface StepStatus {
  state: 'pending' | 'done' | 'failed' | 'not_needed';
  at: Date | null;
  /** A code. */
  error: string | null;
  /** How many recordings, certificates or uploads it removed. */
  cleaned: number;
}

/** A stored archive. */
export interface Archive {
  /** Its id in the `archives` bucket. */
  id: string;
  /** Of the uncompressed lines, hex. */
  sha256: string;
  lines: number;
  /** Of the compressed file. */
  bytes: number;
}

/** A decision to remove data, and its progress. */
export interface Cleanup {
  _id: string;
  company_id: string;
  /** What `subject_ids` are ids of: certificates, recordings (by certificate), batches or consents. */
  subject: 'certificates' | 'recordings' | 'uploads' | 'consents' | 'tombstones';
  /**
   * What it still covers: what turned out to be on hold or under retention is dropped. Empty once it is
   * done.
   */
  subject_ids: string[];
  /** How many it covered at first, and how many of these were dropped. */
  named: number;
  skipped: number;
  action: 'delete' | 'anonymise' | 'archive';
  steps: Record<CleanupStep, StepStatus>;
  /** `done` only when every step is `done` or `not_needed`. */
  state: 'pending' | 'done';
  /** A step has failed and will be retried. */
  failed: boolean;
  /** Uploads only: from then on they count as deleted, and will be whatever happens. */
  decided_at: Date | null;
  archive: Archive | null;
  /** The files of all attempts to write the archive. */
  archive_drafts: string[];
  requested_at: Date;
  completed_at: Date | null;
  enqueued_at: Date | null;
}

/** What a clean-up still covers, and how many were dropped from it. */
export interface Narrowed {
  subject_ids: string[];
  dropped: number;
}

/** The result of a step. */
interface StepResult {
  cleaned: number;
  at: Date;
  archive?: Archive | null;
  narrowed?: Narrowed;
}

/** How long it can be seen what a clean-up did; the audit has it for good. */
const KEPT_MS = 90 * DAY_MS;

const PENDING_OF_COMPANY = 'pending_of_company';

const schema = new Schema<Cleanup>(
  {
    _id: text,
    company_id: text,
    subject: text,
    subject_ids: { type: [String], required: true },
    named: { type: Number, required: true },
    skipped: { type: Number, required: true },
    action: text,
    steps: { type: Schema.Types.Mixed, required: true },
    state: text,
    failed: { type: Boolean, required: true },
    decided_at: optionalDate,
    archive: { type: Schema.Types.Mixed, default: null },
    archive_drafts: { type: [String], required: true },
    requested_at: { type: Date, required: true },
    completed_at: optionalDate,
    enqueued_at: optionalDate,
  },
  { versionKey: false },
)
  .index({ company_id: 1, requested_at: -1, _id: -1 })
  .index({ requested_at: 1 }, { name: 'pending', partialFilterExpression: { state: 'pending' } })
  .index(TO_ENQUEUE, { name: 'to_enqueue', partialFilterExpression: { state: 'pending' } })
  .index(
    { company_id: 1, subject: 1, failed: 1 },
    { name: PENDING_OF_COMPANY, partialFilterExpression: { state: 'pending' } },
  )
  .index({ company_id: 1 }, { name: 'failed', partialFilterExpression: { failed: true } })
  // An archive is found by its clean-up, so that one with an archive stays.
  .index(
    { completed_at: 1 },
    {
      name: 'finished',
      expireAfterSeconds: KEPT_MS / 1_000,
      partialFilterExpression: { archive: { $type: 'null' } },
    },
  );

/** Clean-ups and their progress. */
export function cleanupStore(connection: Connection) {
  const model = connection.model('Cleanup', schema, 'cleanups');
  const open = (id: string, step: CleanupStep) => ({
    _id: id,
    [`steps.${step}.state`]: { $in: ['pending', 'failed'] },
  });
  return {
    insertMany: async (cleanups: Cleanup[]) => {
      // Not through the model, which would validate each of the many ids.
      await connection.collection<Cleanup>('cleanups').insertMany(cleanups);
    },
    find: (id: string, session?: Session) =>
      model
        .findById(id)
        .session(session ?? null)
        .lean()
        .exec(),
    /** Whether a company has pending clean-ups that have not failed. */
    isBusy: async (companyId: string, subjects: Cleanup['subject'][]) => {
      const of = { company_id: companyId, subject: { $in: subjects }, failed: false };
      const found = await model
        .findOne({ ...of, state: 'pending' }, { _id: 1 })
        .hint(PENDING_OF_COMPANY)
        .lean();
      return found !== null;
    },
    /** What up to `limit` clean-ups cover that have failed and will be retried. */
    findFailed: (companyId: string, subjects: Cleanup['subject'][], limit: number) =>
      model
        .find(
          { company_id: companyId, subject: { $in: subjects }, failed: true, state: 'pending' },
          { subject_ids: 1 },
        )
        .limit(limit)
        .hint(PENDING_OF_COMPANY)
        .lean<Pick<Cleanup, 'subject_ids'>[]>()
        .exec(),
    /** Notes a file before it is written, so that a crash leaves none that is not known. */
    addDraft: async (id: string, fileId: string) => {
      const change = { $addToSet: { archive_drafts: fileId } };
      const result = await model.updateOne(open(id, 'archive'), change);
      return result.matchedCount === 1;
    },
    /** Narrows it down to what may be cleaned; the rest is dropped from it. */
    narrow: async (
      id: string,
      { subject_ids, dropped }: Narrowed,
      session: Session,
      change: Partial<Pick<Cleanup, 'decided_at'>> = {},
    ) => {
      await model.updateOne(
        { _id: id },
        { $set: { subject_ids, ...change }, $inc: { skipped: dropped } },
        { session },
      );
    },
    /** Marks a step done; false when it was already. */
    finishStep: async (
      id: string,
      step: CleanupStep,
      { cleaned, at, archive, narrowed }: StepResult,
      session?: Session,
    ) => {
      const status: StepStatus = { state: 'done', at, error: null, cleaned };
      const result = await model.updateOne(
        open(id, step),
        {
          $set: {
            [`steps.${step}`]: status,
            ...(archive && { archive }),
            ...(narrowed && { subject_ids: narrowed.subject_ids }),
          },
          ...(narrowed && { $inc: { skipped: narrowed.dropped } }),
        },
        { session },
      );
      return result.modifiedCount === 1;
    },
    failStep: async (id: string, step: CleanupStep, error: string, at: Date) => {
      const status: StepStatus = { state: 'failed', at, error, cleaned: 0 };
      await model.updateOne(open(id, step), { $set: { [`steps.${step}`]: status, failed: true } });
    },
    /** Marks a clean-up done if every step is; false when it was already or is not yet. */
    complete: async (id: string, at: Date, session: Session) => {
      const allDone = CLEANUP_STEPS.map((step) => ({
        [`steps.${step}.state`]: { $nin: ['pending', 'failed'] },
      }));
      const result = await model.updateOne(
        { _id: id, state: 'pending', $and: allDone },
        {
          $set: {
            state: 'done',
            failed: false,
            completed_at: at,
            archive_drafts: [],
            subject_ids: [],
          },
        },
        { session },
      );
      return result.modifiedCount === 1;
    },
    list: async (
      companyId: string,
      state: Cleanup['state'] | 'failed' | undefined,
      page: PageRequest,
    ) => {
      const filter = state === 'failed' ? { failed: true } : state && { state };
      const found = await model
        .find({ company_id: companyId, ...filter, ...afterCursor('requested_at', page.cursor) })
        .sort({ requested_at: -1, _id: -1 })
        .limit(page.limit + 1)
        .lean();
      return toPage(found, page.limit, (item) => ({ at: item.requested_at, id: item._id }));
    },
    /** Those of any company with a failed step. */
    listFailed: (limit: number): Promise<Cleanup[]> =>
      model.find({ failed: true }).limit(limit).hint('failed').lean<Cleanup[]>().exec(),
    countFailed: () => model.countDocuments({ failed: true }).hint('failed'),
    ...pendingQueries(connection, 'cleanups', { state: 'pending' }, '_id'),
  };
}
