// Collection `batches`.
import { type Connection, Schema } from 'mongoose';
import { type Actor, actorSchema } from './actor';
import type { Scrub } from './batch-scrub';
import { addBatchIndexes } from './batch-indexes';
import { leaseQueries } from './batch-lease';
import { companyBatchQueries } from './batch-turns';
import { uploadQueries } from './batch-uploads';
import { type BatchKind, storedKind } from './batch-kinds';
import type { Channel } from './opt-outs';
import type { Session } from './connection';
import { afterCursor, type PageRequest, toPage } from './paging';
import { pendingQueries } from './pending';
import { optionalDate, text } from './schema-fields';

/** `receiving`: its file is still being uploaded, and no call shows it yet. */
export type BatchState =
  | 'receiving'
  | 'queued'
  | 'parsing'
  | 'revoking'
  /** A scrub whose rows are being answered. */
  | 'answering'
  | 'recording'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'previewed';

/** The outcome of a row: every row read is counted in exactly one. */
export const ROW_OUTCOMES = [
  'revoked',
  'already_revoked',
  'not_found',
  'invalid',
  'duplicate',
] as const;
export type RowOutcome = (typeof ROW_OUTCOMES)[number];

/** What a row may be named by; `…_sha256` holds the SHA-256 of its normal form. */
export const IDENTIFIER_COLUMNS = [
  'email',
  'mobile',
  'email_sha256',
  'mobile_sha256',
  'certificate_id',
] as const;
export type IdentifierColumn = (typeof IDENTIFIER_COLUMNS)[number];

/** What a column may be used for; `channels` says what a row opts out of. */
export const USED_COLUMNS = [...IDENTIFIER_COLUMNS, 'channels'] as const;
export type UsedColumn = (typeof USED_COLUMNS)[number];

/** The stored file of a batch and how to read it. */
export interface Upload {
  /** Its id in the `uploads` bucket. */
  file_id: string;
  bytes: number;
  /** Of the file as uploaded, hex. */
  sha256: string;
  encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  delimiter: ',' | ';' | '\t';
  /** The columns that name whom a row is about: index, kind, and name in the header. */
  columns: { index: number; kind: IdentifierColumn; name: string }[];
  /** Names of columns that are not used, the first hundred; absent in older batches, like the rest. */
  ignored_columns?: string[];
  /** How many columns the header has. */
  header_columns?: number;
  /** A column that may say that somebody has not opted out. */
  status_column?: { index: number; name: string } | null;
  /** A column that says what a row opts out of; absent: there is none. */
  channels_column?: { index: number; name: string };
  /** Where the first row after the header starts. */
  data: FilePosition;
}

/** 1 GiB. */
export const MAX_UPLOAD_BYTES = 1024 * 1024 * 1024;

/** A place between two rows of a file. */
export interface FilePosition {
  /** Bytes before it. */
  offset: number;
  /** Number of the line that starts there; the header starts on line 1. */
  line: number;
}

/** A request to revoke, or to answer, that is processed row by row: a list of ids, or a file. */
export interface Batch extends Record<RowOutcome, number> {
  _id: string;
  company_id: string;
  method: 'bulk' | 'csv';
  /** What is done with its rows; absent: they are revoked. */
  kind?: 'scrubs';
  actor: Actor;
  ip: string | null;
  reason: string | null;
  /** What those rows of its file opt out of that do not say it; absent: of everything. */
  channels?: Channel[];
  /** What the uploaded file was called, without its folder; absent in older ones. */
  file_name?: string | null;
  /** Of a form that was sent: what it would be if sent again; unique in its company. */
  form_key?: string;
  state: BatchState;
  dry_run: boolean;
  upload: Upload | null;
  /** Null: there is no upload, or it has been deleted. */
  upload_expires_at: Date | null;
  created_at: Date;
  /** When the revocation was requested; younger consent is new consent. */
  requested_at: Date;
  flags_committed_at: Date | null;
  completed_at: Date | null;
  /** Why it failed: a code. */
  error: string | null;
  /** Failed attempts since the last progress. */
  failures: number;
  /** Times that a worker began since the last progress and did not end by itself; absent: 0. */
  starts?: number;

  rows_read: number;
  /** Null until the whole file has been read once. */
  rows_total: number | null;
  /** Rows whose status column says that they have not opted out; absent in older batches. */
  active_rows?: number;
  /** Rows that opt out of fewer than all channels; absent: none. */
  partial_rows?: number;
  /** Rows whose channels cannot be read, which stands for all of them; absent: none. */
  unread_channels?: number;
  /** Rows whose opt-out was remembered; absent in older batches. */
  remembered?: number;
  certificates_revoked: number;
  /** Of these, how many are in the audit. */
  certificates_recorded: number;
  rows_per_second: number | null;
  /** Only of scrubs. */
  scrub?: Scrub;
  /** Where to continue; null before the first row and after the last. */
  position: FilePosition | null;
  /** 0 for the first run; 1 for the real run after a dry run. */
  run: number;

  /** Work is left, whatever the state says; the outbox selects on this. */
  open: boolean;
  enqueued_at: Date | null;
  /** The fencing token: every lease raises it, and only the latest holder may write. */
  fence: number;
  lease_until: Date | null;
  /** The last checkpoint or other sign of life of a holder; absent in older batches. */
  progress_at?: Date | null;
  /** The newest leases, oldest first; absent in older batches. */
  leases?: BatchLease[];
}

/** When a worker had a batch. */
export interface BatchLease {
  fence: number;
  at: Date;
  /** Rows read when it began. */
  rows_read: number;
  /** Null while it is held, or if nobody has noticed yet that its holder is gone. */
  ended_at: Date | null;
  /** Its holder did not give it back: it died, hung or was cut off. */
  lost: boolean;
}

const count = { type: Number, required: true, default: 0 } as const;

const schema = new Schema<Batch>(
  {
    _id: text,
    company_id: text,
    method: text,
    kind: String,
    actor: actorSchema,
    ip: { type: String, default: null },
    reason: { type: String, default: null },
    channels: { type: [String], default: undefined },
    file_name: { type: String, default: null },
    form_key: String,
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
    starts: Number,
    rows_read: count,
    rows_total: { type: Number, default: null },
    revoked: count,
    already_revoked: count,
    not_found: count,
    invalid: count,
    duplicate: count,
    active_rows: Number,
    partial_rows: Number,
    unread_channels: Number,
    remembered: Number,
    certificates_revoked: count,
    certificates_recorded: count,
    rows_per_second: { type: Number, default: null },
    scrub: Schema.Types.Mixed,
    position: { type: Schema.Types.Mixed, default: null },
    run: count,
    open: { type: Boolean, required: true },
    enqueued_at: optionalDate,
    fence: count,
    lease_until: optionalDate,
    progress_at: Date,
    leases: { type: [Schema.Types.Mixed], default: undefined },
  },
  { versionKey: false },
);
addBatchIndexes(schema);

function batchModel(connection: Connection) {
  return connection.model('Batch', schema, 'batches');
}
export type BatchModel = ReturnType<typeof batchModel>;

/** Batches, their leases and their progress. */
export function batchStore(connection: Connection) {
  const model = batchModel(connection);
  return {
    insert: async (batch: Batch, session?: Session) => {
      await model.create([batch], { session });
    },
    find: (id: string, session?: Session) =>
      model
        .findById(id)
        .session(session ?? null)
        .lean()
        .exec(),
    /** A company's batch, once its file has been received. */
    findOf: (companyId: string, id: string) =>
      model
        .findOne({ _id: id, company_id: companyId, state: { $ne: 'receiving' } })
        .lean()
        .exec(),
    /** A company's batch of a form, or null. */
    findByForm: (companyId: string, formKey: string) =>
      model.findOne({ company_id: companyId, form_key: formKey }).lean().exec(),
    list: async (companyId: string, kind: BatchKind, page: PageRequest) => {
      const found = await model
        .find({
          company_id: companyId,
          kind: storedKind(kind),
          state: { $ne: 'receiving' },
          ...afterCursor('created_at', page.cursor),
        })
        .sort({ created_at: -1, _id: -1 })
        .limit(page.limit + 1)
        .lean();
      return toPage(found, page.limit, (item) => ({ at: item.created_at, id: item._id }));
    },
    /** Changes a batch in one of the states `from`; returns it after the change, or null. */
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
     * Reopens a closed batch in the state `from`, if its upload is still there; returns it after
     * the change, or null.
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
    /** Empties what may name a person: IP, reason and the name of the file. */
    blank: async (ids: string[], session: Session) => {
      if (ids.length === 0) return;
      await model.updateMany(
        { _id: { $in: ids } },
        { $set: { ip: null, reason: null, file_name: null } },
        { session },
      );
    },
    ...pendingQueries(connection, 'batches', { open: true }, '_id'),
    ...leaseQueries(model),
    ...uploadQueries(model),
    ...companyBatchQueries(model),
    findMany: (ids: string[]) =>
      model
        .find({ _id: { $in: ids } })
        .lean()
        .exec(),
  };
}
