// Collections `batch_errors` and `batch_claims`.
import { type Connection, Schema } from 'mongoose';
import type { Session } from './connection';
import { type Channel, CHANNELS } from './opt-outs';

/** A row that was not revoked, or a cell that could not be used. */
export interface RowError {
  /** Line of the file on which the row starts. */
  line: number;
  /** The column's name in the header; empty when the whole row is meant. */
  column: string;
  value: string;
  reason: string;
}

/** What rows were the first to name: a certificate, or a key of a row that names very many. */
export interface RowClaim {
  id: string;
  /** Of all three, or some. */
  channels: readonly Channel[];
}

interface ErrorPage {
  _id: string;
  lines: RowError[];
}

interface Claim {
  _id: string;
  row: number;
}

/** Errors written together: those of the rows from `firstRow` on. */
interface PageOfErrors {
  batchId: string;
  run: number;
  firstRow: number;
}

const errorSchema = new Schema<ErrorPage>(
  {
    _id: { type: String, required: true },
    lines: [
      new Schema<RowError>(
        { line: Number, column: String, value: String, reason: String },
        { _id: false },
      ),
    ],
  },
  { versionKey: false },
);

const claimSchema = new Schema<Claim>(
  { _id: { type: String, required: true }, row: { type: Number, required: true } },
  { versionKey: false },
);

const DELETED_AT_A_TIME = 5_000;
/** More of the longest possible lines would not fit into the 16 MiB of a document. */
const LINES_PER_DOCUMENT = 10_000;

/** Enough digits for any row of any file. */
const ROW_DIGITS = 10;

/** No id has one in it. */
const BEFORE_CHANNEL = '\n';

/** A claim of all channels is one record, of fewer one for each. */
function claimKeys({ id, channels }: RowClaim): string[] {
  if (channels.length === CHANNELS.length) return [id];
  return channels.map((channel) => id + BEFORE_CHANNEL + channel);
}

/** A row's number as text that sorts like the number. */
export function rowKey(row: number): string {
  return String(row).padStart(ROW_DIGITS, '0');
}

/** What is remembered of the rows of one run of a batch: errors, and certificates that rows claimed. */
export function batchRowStore(connection: Connection) {
  const errors = connection.model('BatchError', errorSchema, 'batch_errors');
  const claims = connection.model('BatchClaim', claimSchema, 'batch_claims');
  const scope = (batchId: string, run: number) => `${batchId}.${String(run)}`;
  const pageId = ({ batchId, run, firstRow }: PageOfErrors) =>
    `${scope(batchId, run)}:${rowKey(firstRow)}`;
  // In ASCII the semicolon comes right after the colon.
  const all = (key: string) => ({ _id: { $gte: `${key}:`, $lt: `${key};` } });
  return {
    /** Writes the errors of the rows from `firstRow` on, in as many documents as they need. */
    addErrors: async (page: PageOfErrors, found: RowError[], session: Session) => {
      for (let from = 0; from < found.length; from += LINES_PER_DOCUMENT) {
        const more = from === 0 ? '' : `-${rowKey(from)}`;
        const lines = found.slice(from, from + LINES_PER_DOCUMENT);
        const document = { _id: pageId(page) + more, lines };
        await errors.collection.insertOne(document as object, { session });
      }
    },
    /** Adds errors of the same rows that were found later, in order of line. */
    mergeErrors: async (page: PageOfErrors, found: RowError[], session: Session) => {
      await errors.updateOne(
        { _id: pageId(page) },
        { $push: { lines: { $each: found, $sort: { line: 1 } } } },
        { upsert: true, session },
      );
    },
    /** Every error of a run, in the order of the file, in pages. */
    errorPages: (batchId: string, run: number) =>
      errors
        .find(all(scope(batchId, run)))
        .sort({ _id: 1 })
        .lean()
        .cursor({ batchSize: 4 }),
    /**
     * What of these was claimed by rows before `beforeRow`.
     * @param byChannel rows may claim fewer than all channels
     */
    findClaimed: async (
      { batchId, run, beforeRow }: { batchId: string; run: number; beforeRow: number },
      ids: string[],
      byChannel: boolean,
      session: Session,
    ): Promise<RowClaim[]> => {
      const prefix = `${scope(batchId, run)}:`;
      const kinds = [CHANNELS, ...(byChannel ? CHANNELS.map((one) => [one]) : [])];
      const keys = ids.flatMap((id) => kinds.flatMap((channels) => claimKeys({ id, channels })));
      const found = await claims.collection
        .find<Claim>({ _id: { $in: keys.map((key) => prefix + key) } } as object, { session })
        .toArray();
      return found.flatMap(({ _id, row }) => {
        const [id = '', channel] = _id.slice(prefix.length).split(BEFORE_CHANNEL);
        const channels = CHANNELS.filter((one) => channel === undefined || one === channel);
        return row < beforeRow ? [{ id, channels }] : [];
      });
    },
    /** Writes down claims, none of which there is yet. */
    claim: async (
      { batchId, run, row }: { batchId: string; run: number; row: number },
      made: RowClaim[],
      session: Session,
    ) => {
      if (made.length === 0) return;
      const prefix = `${scope(batchId, run)}:`;
      const documents = made.flatMap(claimKeys).map((key) => ({ _id: prefix + key, row }));
      await claims.collection.insertMany(documents as object[], { session });
    },
    forgetClaims: (batchId: string, run: number) => deleteInPages(claims, all(scope(batchId, run))),
    forgetErrors: (batchId: string, run: number) => deleteInPages(errors, all(scope(batchId, run))),
  };
}

/** Bounded steps, since a single one over millions of rows would outlast every timeout. */
async function deleteInPages(
  { collection }: { collection: ReturnType<Connection['collection']> },
  filter: { _id: { $gte: string; $lt: string } },
): Promise<void> {
  for (;;) {
    const page = await collection
      .find(filter as object, { projection: { _id: 1 } })
      .limit(DELETED_AT_A_TIME)
      .toArray();
    if (page.length === 0) return;
    await collection.deleteMany({ _id: { $in: page.map(({ _id }) => _id) } });
  }
}
