import { type Connection, Schema } from 'mongoose';
import { type Actor, actorSchema } from './actor';
import type { Session } from './connection';
import { afterCursor, type PageRequest, toPage } from './paging';
import { pendingQueries } from './pending';

/** `receiving`: its file is still coming in, and nobody knows of it yet. */
export type BatchState =
  | 'receiving'
  | 'queued'
  | 'parsing'
  | 'revoking'
  | 'recording'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'previewed';

/** What rows have come to: every row that was read is counted in exactly one. */
export const ROW_OUTCOMES = [
  'revoked',
  'already_revoked',
  'not_found',
  'invalid',
  'duplicate',
] as const;
export type RowOutcome = (typeof ROW_OUTCOMES)[number];

export type IdentifierColumn = 'email' | 'mobile' | 'certificate_id';

/** The stored file of a batch and how to read it. */
export interface Upload {
  /** Its id in the `uploads` bucket. */
  file_id: string;
  bytes: number;
  /** Of the file as uploaded, hex. */
  sha256: string;
  encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  delimiter: ',' | ';' | '\t';
  /** The columns that are used: where, what, and what the header calls them. */
  columns: { index: number; kind: IdentifierColumn; name: string }[];
  /** Where the first row after the header starts. */
  data: FilePosition;
}

/** A place between two rows of a file. */
export interface FilePosition {
  /** Bytes before it. */
  offset: number;
  /** Number of the line that starts there; the header starts on line 1. */
  line: number;
}

/** A request to revoke that is worked on row by row: a list of ids, or a file. */
export interface Batch extends Record<RowOutcome, number> {
  _id: string;
  company_id: string;
  method: 'bulk' | 'csv';
  actor: Actor;
  ip: string | null;
  reason: string | null;
  state: BatchState;
  dry_run: boolean;
  upload: Upload | null;
  /** Null: there is no upload, or it has been deleted. */
  upload_expires_at: Date | null;
  created_at: Date;
  /** When revoking was asked for: certificates that are younger are new consent. */
  requested_at: Date;
  flags_committed_at: Date | null;
  completed_at: Date | null;
  /** Why it failed: a code. */
  error: string | null;
  /** Failed attempts since the last progress. */
  failures: number;

  rows_read: number;
  /** Null until the whole file has been read once. */
  rows_total: number | null;
  certificates_revoked: number;
  /** Of these, how many are in the audit. */
  certificates_recorded: number;
  rows_per_second: number | null;
  /** Goes on here; null before the first row and after the last. */
  position: FilePosition | null;
  /** 0, and 1 once a dry run is run for real. */
  run: number;

  /** Something is still to be done, whatever the state says: the outbox. */
  open: boolean;
  enqueued_at: Date | null;
  /** Who has the highest one may write; every holder gets one of its own. */
  fence: number;
  lease_until: Date | null;
}

const count = { type: Number, required: true, default: 0 } as const;
const optionalDate = { type: Date, default: null } as const;
const text = { type: String, required: true } as const;

const schema = new Schema<Batch>(
  {
    _id: text,
    company_id: text,
    method: text,
    actor: actorSchema,
    ip: { type: String, default: null },
    reason: { type: String, default: null },
    state: text,
    dry_run: { type: Boolean, required: true },
    upload: { type: Schema.Types.Mixed, default: null },
    upload_expires_at: optionalDate,
    created_at: { type: Date, required: true },
    requested_at: { type: Date, required: true },
    flags_committed_at: optionalDate,
    completed_at: optionalDate,
    error: { type: String, default: null },
    failures: count,
    rows_read: count,
    rows_total: { type: Number, default: null },
    revoked: count,
    already_revoked: count,
    not_found: count,
    invalid: count,
    duplicate: count,
    certificates_revoked: count,
    certificates_recorded: count,
    rows_per_second: { type: Number, default: null },
    position: { type: Schema.Types.Mixed, default: null },
    run: count,
    open: { type: Boolean, required: true },
    enqueued_at: optionalDate,
    fence: count,
    lease_until: optionalDate,
  },
  { versionKey: false },
)
  .index({ company_id: 1, created_at: -1, _id: -1 })
  .index({ requested_at: 1 }, { name: 'pending', partialFilterExpression: { open: true } })
  .index({ created_at: -1 }, { name: 'failed', partialFilterExpression: { state: 'failed' } })
  .index({ created_at: 1 }, { name: 'receiving', partialFilterExpression: { state: 'receiving' } })
  .index(
    { upload_expires_at: 1 },
    { name: 'uploads', partialFilterExpression: { upload_expires_at: { $type: 'date' } } },
  );

/** Batches whose upload's time is over, unless one is being worked on. */
function expired(now: Date) {
  return { upload_expires_at: { $type: 'date' as const, $lte: now }, open: false };
}

/** Batches, who works on each, and how far each has come. */
export function batchStore(connection: Connection) {
  const model = connection.model('Batch', schema, 'batches');
  return {
    model,
    insert: async (batch: Batch, session?: Session) => {
      await model.create([batch], { session });
    },
    find: (id: string, session?: Session) =>
      model
        .findById(id)
        .session(session ?? null)
        .lean()
        .exec(),
    /** One of a company, once its file is there. */
    findOf: (companyId: string, id: string) =>
      model
        .findOne({ _id: id, company_id: companyId, state: { $ne: 'receiving' } })
        .lean()
        .exec(),
    list: async (companyId: string, page: PageRequest) => {
      const found = await model
        .find({
          company_id: companyId,
          state: { $ne: 'receiving' },
          ...afterCursor('created_at', page.cursor),
        })
        .sort({ created_at: -1, _id: -1 })
        .limit(page.limit + 1)
        .lean();
      return toPage(found, page.limit, (item) => ({ at: item.created_at, id: item._id }));
    },
    /** Changes it if it is in one of the states `from`; returns it as it is then, or null. */
    move: (id: string, from: BatchState[], change: Partial<Batch>, session?: Session) =>
      model
        .findOneAndUpdate(
          { _id: id, state: { $in: from } },
          { $set: change },
          { returnDocument: 'after', session },
        )
        .lean()
        .exec(),
    /**
     * Has one that nobody works on any more worked on again, if it is in the state `from` and its
     * upload is still there; returns it as it is then, or null.
     */
    reopen: (id: string, from: BatchState, change: Partial<Batch>, session: Session) =>
      model
        .findOneAndUpdate(
          { _id: id, state: from, open: false, upload_expires_at: { $type: 'date' } },
          { $set: { ...change, state: 'queued', open: true, lease_until: null } },
          { returnDocument: 'after', session },
        )
        .lean()
        .exec(),
    /**
     * Takes an open batch to work on it, unless somebody else does; by the server's clock.
     * @returns it with a fence of its own, or null
     */
    lease: (id: string, forMs: number) =>
      model
        .findOneAndUpdate(
          { _id: id, open: true, $expr: { $lte: ['$lease_until', '$$NOW'] } },
          [
            {
              $set: {
                fence: { $add: ['$fence', 1] },
                lease_until: { $add: ['$$NOW', forMs] },
                state: { $cond: [{ $eq: ['$state', 'queued'] }, 'parsing', '$state'] },
              },
            },
          ],
          { returnDocument: 'after', updatePipeline: true },
        )
        .lean()
        .exec(),
    /**
     * Writes progress and extends the lease, if the batch is still held under `fence`.
     * @param change.add what is added to counters
     * @param change.state where one that is being worked on moves to: a cancelled one stays so
     * @returns it as it is then, or null when somebody else holds it
     */
    progress: (
      id: string,
      fence: number,
      change: {
        add?: Partial<Record<keyof Batch, number>>;
        set?: Partial<Batch>;
        state?: BatchState;
        leaseMs: number;
      },
      session?: Session,
    ) => {
      const added = Object.entries(change.add ?? {}).map(([field, by]) => [
        field,
        { $add: [`$${field}`, by] },
      ]);
      const set = Object.entries(change.set ?? {}).map(([field, value]) => [
        field,
        { $literal: value },
      ]);
      const moving = { $in: ['$state', ['parsing', 'revoking', 'recording']] };
      const fields = {
        ...Object.fromEntries([...added, ...set]),
        ...(change.state && { state: { $cond: [moving, change.state, '$state'] } }),
        lease_until: { $add: ['$$NOW', change.leaseMs] },
      } as Record<string, unknown>;
      return model
        .findOneAndUpdate({ _id: id, fence }, [{ $set: fields }], {
          returnDocument: 'after',
          updatePipeline: true,
          session,
        })
        .lean()
        .exec();
    },
    /** Lets the next one have it without waiting for the lease to run out. */
    release: async (id: string, fence: number) => {
      await model.updateOne({ _id: id, fence }, { $set: { lease_until: null } });
    },
    markEnqueued: async (id: string, at: Date) => {
      await model.updateOne({ _id: id }, { $set: { enqueued_at: at } });
    },
    ...pendingQueries(connection, 'batches', { open: true }, '_id'),
    /** Forgets one whose file never became a batch. */
    deleteReceiving: async (id: string) => {
      await model.deleteOne({ _id: id, state: 'receiving' });
    },
    /** Those whose file began to come in before `startedBefore`, oldest first. */
    findReceiving: (startedBefore: Date, limit: number) =>
      model
        .find({ state: 'receiving', created_at: { $lt: startedBefore } })
        .sort({ created_at: 1 })
        .limit(limit)
        .lean()
        .exec(),
    /** Those whose upload is to be deleted and is needed no more, oldest first. */
    expiredUploads: (now: Date): AsyncIterable<Pick<Batch, '_id' | 'company_id'>> =>
      model
        .find(expired(now), { company_id: 1 })
        .sort({ upload_expires_at: 1 })
        .lean()
        .cursor({ batchSize: 500 }),
    /**
     * From here on the uploads of these count as deleted, where they are still to be and are needed
     * no more.
     * @returns those for which that is so
     */
    giveUpUploads: async (companyId: string, ids: string[], now: Date, session: Session) => {
      const among = { _id: { $in: ids }, company_id: companyId, ...expired(now) };
      const found = await model.find(among, { _id: 1 }).session(session).lean();
      const given = found.map((batch) => batch._id);
      const change = { $set: { upload_expires_at: null } };
      await model.updateMany({ _id: { $in: given } }, change, { session });
      return given;
    },
    findMany: (ids: string[]) =>
      model
        .find({ _id: { $in: ids } })
        .lean()
        .exec(),
  };
}
