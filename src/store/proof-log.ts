// Collections `log_heads`, `log_records` and `log_tiles`: the log by which a region proves what it recorded.
import { type Connection, mongo, Schema } from 'mongoose';
import { HASH_BYTES } from '../lib/tlog/merkle';
import { type Tile, type TileName, tilesToCut } from '../lib/tlog/tiles';
import { isDuplicate, type Session } from './connection';

/** How far a log has come. A region has one that grows, and those that it has given up. */
export interface LogHead {
  /** Which of the region's logs; the one that grows has the highest number. 0: `OLDER_LOG`. */
  _id: number;
  /** What it is called in its checkpoints. */
  origin: string;
  /** Entries and pages count their leaves over all logs of the region; this is its first. */
  first_leaf: number;
  /** Leaves so far. */
  size: number;
  /** Base64. */
  root: string;
  /** Grows with each process that takes over, so that an earlier one can append no more. */
  fence: number;
  /** What the world may see, as a signed note; null: nothing yet. */
  checkpoint: string | null;
  /** The leaves that it is about. */
  checkpoint_size: number;
  /** When it was published. */
  checkpoint_at: Date | null;
  /** Why nothing is appended and published any more; null: that goes on. */
  stopped_reason: string | null;
  stopped_at: Date | null;
  created_at: Date;
  /** The newest first. */
  keys: LogKey[];
  /** Of the log of what is older: what is in it so far. */
  older?: Older;
}

/** How much is older than a region's first log, and of when the newest is (ISO 8601). */
export type Older = Record<
  'audit_entries' | 'ledger_pages',
  { count: number; newest: string | null }
>;

/** The log of what earlier releases have recorded, which the first log goes on from. */
export const OLDER_LOG = 0;

/** The exact bytes of a leaf. */
export interface LogRecord {
  /** `<log>:<index>`, the index with leading zeroes. */
  _id: string;
  record: string;
}

/** Hashes of a part of the tree, as far as it is filled. */
export interface LogTile {
  /** `<log>:<level>:<index>` */
  _id: string;
  hashes: mongo.Binary;
}

/** A key that signs. */
export interface LogKey {
  /** As in the note format: eight hexadecimal digits. */
  key_id: string;
  /** 32 bytes in base64. */
  public_key: string;
  /** The secret one, sealed under IDENTIFIER_KEY; null: it has been thrown away. */
  sealed: string | null;
  created_at: Date;
  /** No longer signs since; what it signed stays good. */
  retired_at: Date | null;
}

const INDEX_DIGITS = 15;

const headSchema = new Schema<LogHead>(
  {
    _id: { type: Number, required: true },
    origin: { type: String, required: true },
    first_leaf: { type: Number, required: true },
    size: { type: Number, required: true },
    root: { type: String, required: true },
    fence: { type: Number, required: true },
    checkpoint: { type: String, default: null },
    checkpoint_size: { type: Number, required: true },
    checkpoint_at: { type: Date, default: null },
    stopped_reason: { type: String, default: null },
    stopped_at: { type: Date, default: null },
    created_at: { type: Date, required: true },
    keys: { type: [Schema.Types.Mixed], required: true } as never,
    older: { type: Schema.Types.Mixed, default: undefined } as never,
  },
  { versionKey: false },
);
const recordSchema = new Schema<LogRecord>(
  { _id: { type: String, required: true }, record: { type: String, required: true } },
  { versionKey: false },
);
const tileSchema = new Schema(
  { _id: { type: String, required: true }, hashes: { type: Buffer, required: true } },
  { versionKey: false },
);
/** A place in a log. */
export function recordId(log: number, index: number): string {
  return `${String(log)}:${String(index).padStart(INDEX_DIGITS, '0')}`;
}

/** What a tile is called here. */
export function tileId(log: number, { level, index }: TileName): string {
  return `${String(log)}:${String(level)}:${String(index)}`;
}

/** A region's log. */
export function proofLogStore(connection: Connection) {
  const heads = connection.model('LogHead', headSchema, 'log_heads');
  connection.model('LogRecord', recordSchema, 'log_records');
  connection.model('LogTile', tileSchema, 'log_tiles');
  const records = connection.collection<LogRecord>('log_records');
  const tiles = connection.collection<LogTile>('log_tiles');
  return {
    /** The log that grows; null: there is none yet. */
    head: (session?: Session) =>
      heads.findOne({}, null, { session }).sort({ _id: -1 }).lean().exec(),
    /** Every log of the region, the latest first. */
    heads: (session?: Session) => heads.find({}, null, { session }).sort({ _id: -1 }).lean().exec(),
    /** Begins a log; false: it has been begun. */
    begin: async (head: LogHead, session?: Session): Promise<boolean> => {
      try {
        await heads.create([head], { session });
        return true;
      } catch (error) {
        if (isDuplicate(error)) return false;
        throw error;
      }
    },
    /** Takes the log over from whoever appended before. */
    takeOver: (log: number) =>
      heads
        .findByIdAndUpdate(log, { $inc: { fence: 1 } }, { returnDocument: 'after' })
        .lean()
        .orFail()
        .exec(),
    /** Moves the head on; false: another process has taken over, or was faster. */
    advance: async (
      { _id, fence, size }: LogHead,
      to: Pick<LogHead, 'size' | 'root' | 'older'>,
      session: Session,
    ): Promise<boolean> => {
      const { matchedCount } = await heads.updateOne(
        { _id, fence, size },
        { $set: to },
        { session },
      );
      return matchedCount === 1;
    },
    /** Shows a checkpoint, unless a later one or another process's is shown. */
    publish: async (
      { _id, fence }: LogHead,
      shown: Pick<LogHead, 'checkpoint' | 'checkpoint_size' | 'checkpoint_at'>,
      session?: Session,
    ): Promise<boolean> => {
      const { matchedCount } = await heads.updateOne(
        { _id, fence, checkpoint_size: { $lte: shown.checkpoint_size }, stopped_reason: null },
        { $set: shown },
        { session },
      );
      return matchedCount === 1;
    },
    /** Has nothing more be published of it; false: another process has taken over. */
    stop: async (
      { _id, fence }: LogHead,
      stopped: Pick<LogHead, 'stopped_reason' | 'stopped_at'>,
    ): Promise<boolean> => {
      const { matchedCount } = await heads.updateOne(
        { _id, fence, stopped_reason: null },
        { $set: stopped },
      );
      return matchedCount === 1;
    },
    /** Takes the end of a log away again, so that it is as long as its checkpoint says. */
    cutBack: async (
      { _id, size }: LogHead,
      to: Pick<LogHead, 'size' | 'root'>,
      session: Session,
    ): Promise<void> => {
      await heads.updateOne({ _id }, { $set: to, $inc: { fence: 1 } }, { session });
      const cut = { $gte: recordId(_id, to.size), $lt: recordId(_id, size) };
      await records.deleteMany({ _id: cut }, { session });
      for (const { tile, width } of tilesToCut(to.size, size)) {
        const id = { _id: tileId(_id, tile) };
        const found = width === 0 ? null : await tiles.findOne(id, { session });
        const hashes = found?.hashes.buffer.subarray(0, width * HASH_BYTES);
        if (!hashes) await tiles.deleteOne(id, { session });
        else await tiles.updateOne(id, { $set: { hashes: new mongo.Binary(hashes) } }, { session });
      }
    },
    /** Writes records down, in their order. */
    addRecords: async (log: number, index: number, added: string[], session: Session) => {
      const documents = added.map((record, i) => ({ _id: recordId(log, index + i), record }));
      await records.insertMany(documents, { session });
    },
    findRecord: (log: number, index: number) => records.findOne({ _id: recordId(log, index) }),
    /** Records in their order, from one of them on. */
    records: (log: number, from = 0) =>
      records.find({ _id: { $gte: recordId(log, from), $lt: `${String(log)};` } }).sort({ _id: 1 }),
    /** A record of a log in which a text is; reads them all. */
    findRecordWith: (log: number, text: string) =>
      records.findOne({
        _id: { $gte: recordId(log, 0), $lt: `${String(log)};` },
        $expr: { $gte: [{ $indexOfBytes: ['$record', { $literal: text }] }, 0] },
      }),
    /** The names of all tiles of a log, as they are read. */
    tileIds: (log: number) =>
      tiles.find(
        { _id: { $gte: `${String(log)}:`, $lt: `${String(log)};` } },
        { projection: { _id: 1 } },
      ),
    /** Keeps tiles, in place of what was kept of them. */
    putTiles: async (log: number, put: Tile[], session: Session) => {
      const writes = put.map((tile) => ({
        updateOne: {
          filter: { _id: tileId(log, tile) },
          update: { $set: { hashes: new mongo.Binary(tile.hashes) } },
          upsert: true,
        },
      }));
      await tiles.bulkWrite(writes, { session, ordered: false });
    },
    /** Those of the tiles that there are. */
    findTiles: async (log: number, names: TileName[], session?: Session): Promise<Tile[]> => {
      const byId = new Map(names.map((name) => [tileId(log, name), name]));
      const found = await tiles.find({ _id: { $in: [...byId.keys()] } }, { session }).toArray();
      return found.flatMap(({ _id, hashes }) => {
        const name = byId.get(_id);
        return name ? [{ ...name, hashes: Buffer.from(hashes.buffer) }] : [];
      });
    },
    /**
     * Has another key sign from now on. Whoever appends has to read the head again, as if another
     * process had taken over.
     */
    changeKeys: async (
      log: number,
      changed: Pick<LogHead, 'keys' | 'checkpoint'>,
      session: Session,
    ): Promise<void> => {
      await heads.updateOne({ _id: log }, { $set: changed, $inc: { fence: 1 } }, { session });
    },
  };
}
