// Collection `ledger_pages`.
import mongoose, { type Connection, Schema } from 'mongoose';
import type { Actor } from './actor';
import { isConflict, isDuplicate, maxTime, Overtaken, type Session } from './connection';
import { type DaySum, type LedgerKind, UTC_DAY } from './ledger-lines';
import { BY_LEAF, BY_TIME, leafQueries, NO_LEAF_YET, WITH_LEAF, WITHOUT_LEAF } from './log-leaves';

/** Movements of money that differ in nothing but what they paid for. */
export interface PageLine {
  kind: LedgerKind;
  /** Of each movement, in signed µUSD: top-ups above zero, charges below. */
  amount_microusd: number;
  actor: Actor;
  ip: string | null;
  /** One for each movement: the certificate by its `ledger_ref`, null where it paid for none. */
  certificate_refs: (string | null)[];
  /** In the same order: the unique key of what was paid. Absent where nothing asks twice. */
  keys?: string[];
  /** Checks only, in the same order: a mark for what was answered, see `answerMark`. */
  answers?: string;
  /** Contact checks only, in the same order: what hides whom each was about; see `commitToContact`. */
  commitments?: string[];
  /** Top-ups only: the company's balance right after, so that a repeat gives the first answer. */
  balance_after_microusd?: number;
}

/**
 * What one transaction did to the money in one lane of a company's wallet; append-only. The newest
 * pages of all its lanes are the wallet. Amounts in µUSD.
 */
export interface LedgerPage {
  /** `<company>:<lane>:<sequence>`; unique, so that of two writers one has to look again. */
  _id: string;
  company_id: string;
  at: Date;
  lines: PageLine[];
  /** The keys of all lines, unique, so that nothing is ever paid twice. Absent: none. */
  keys?: string[];
  /** Taken from other lanes (above zero) or given to them; of all lanes together it is zero. */
  moved_microusd?: number;
  /** Of a first page: the sum of the lines that earlier releases have left in `ledger_lines`. */
  brought_forward_microusd?: number;
  /** The lane's part of the balance. Below zero only as far as `reserved_after_microusd` is. */
  balance_after_microusd: number;
  /** The lane's part of what is reserved; another lane may release it, so it can be below zero. */
  reserved_after_microusd: number;
  /** Its place among the leaves of the logs, or `NO_LEAF_YET`; absent until then in what an earlier release has written. */
  leaf?: number;
  /** From which the salts of its record are made, in base64url. */
  salt?: string;
}

/** The newest page of a lane, or where its first page will follow. */
export interface Head {
  lane: number;
  /** -1: there is no page yet. */
  sequence: number;
  balance_microusd: number;
  reserved_microusd: number;
}

/** As many writers can a wallet have at once without getting in each other's way. */
export const LANES = [0, 1, 2, 3, 4, 5, 6, 7] as const;

const SEQUENCE_DIGITS = 12;
/** Ends the range of ids that begin with the text before a colon. */
const AFTER_COLON = ';';

const schema = new Schema<LedgerPage>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    at: { type: Date, required: true },
    lines: { type: Schema.Types.Mixed, required: true },
    keys: { type: [String], default: undefined },
    moved_microusd: Number,
    brought_forward_microusd: Number,
    balance_after_microusd: { type: Number, required: true },
    reserved_after_microusd: { type: Number, required: true },
    leaf: Number,
    salt: String,
  },
  { versionKey: false },
)
  .index({ company_id: 1, at: -1, _id: -1 })
  .index(BY_LEAF, WITH_LEAF)
  .index(BY_TIME, WITHOUT_LEAF)
  .index({ keys: 1 }, { unique: true, partialFilterExpression: { keys: { $exists: true } } });

/** The `_id` of a page. */
export function pageId(companyId: string, lane: number, sequence: number): string {
  return `${chain(companyId, lane)}:${String(sequence).padStart(SEQUENCE_DIGITS, '0')}`;
}

function chain(companyId: string, lane: number): string {
  return `${companyId}:${String(lane)}`;
}

/** The condition for a lane's pages after one of them; -1: all. */
function pagesAfter(companyId: string, lane: number, sequence: number) {
  const from = sequence < 0 ? `${chain(companyId, lane)}:` : pageId(companyId, lane, sequence);
  return { $gt: from, $lt: chain(companyId, lane) + AFTER_COLON };
}

/** A place in the chain, from a page. */
export function headOf(page: Omit<LedgerPage, 'lines' | 'at' | 'company_id'>): Head {
  const [, lane, sequence] = page._id.split(':');
  return {
    lane: Number(lane),
    sequence: Number(sequence),
    balance_microusd: page.balance_after_microusd,
    reserved_microusd: page.reserved_after_microusd,
  };
}

/** Of an unwound line: how many movements it stands for, and what they come to. */
const COUNT = { $size: '$lines.certificate_refs' };
const AMOUNT = { $multiply: ['$lines.amount_microusd', COUNT] };

export type LedgerPageStore = ReturnType<typeof ledgerPageStore>;

/** Ledger pages. */
export function ledgerPageStore(connection: Connection) {
  const model = connection.model('LedgerPage', schema, 'ledger_pages');
  const collection = connection.collection<LedgerPage>('ledger_pages');
  const inTime = maxTime(connection);
  return {
    ...leafQueries<LedgerPage>(connection, 'ledger_pages'),
    /** Gives a new company an empty wallet: its first page. */
    open: async (companyId: string, at: Date, session: Session): Promise<void> => {
      const first = { company_id: companyId, at, lines: [], leaf: NO_LEAF_YET };
      const nothing = { balance_after_microusd: 0, reserved_after_microusd: 0 };
      await collection.insertOne(
        { _id: pageId(companyId, 0, 0), ...first, ...nothing },
        { session },
      );
    },
    /**
     * Writes pages, for `append` of the ledger: these alone know nothing of keys of earlier releases.
     * @throws Overtaken when somebody else was faster with a page; a duplicate when a key is on a page
     */
    insert: async (pages: LedgerPage[], session: Session): Promise<void> => {
      try {
        const logged = pages.map((page) => ({ ...page, leaf: NO_LEAF_YET }));
        await collection.insertMany(logged, { session });
      } catch (error) {
        if (isConflict(error) || (isDuplicate(error) && !isKeyTaken(error))) throw new Overtaken();
        throw error;
      }
    },
    /** The newest page of each of these lanes that has one, by company. */
    heads: async (
      companyIds: string[],
      lanes: readonly number[],
      session: Session,
    ): Promise<Map<string, Head[]>> => {
      const found = new Map<string, Head[]>();
      if (companyIds.length === 0) return found;
      const pages = connection
        .collection('companies')
        .aggregate<LedgerPage>(newestOf(companyIds, lanes), { session });
      for (const page of await pages.toArray()) {
        found.set(page.company_id, [...(found.get(page.company_id) ?? []), headOf(page)]);
      }
      return found;
    },
    /** A lane's pages after one of them (-1: all), oldest first, at most `limit`. */
    after: (companyId: string, { lane, sequence }: Head, limit: number, session: Session) =>
      collection
        .find({ _id: pagesAfter(companyId, lane, sequence) }, { session })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),
    find: (id: string) => collection.findOne({ _id: id }, inTime),
    /** The page on which a key was paid for. */
    findByKey: (key: string, session: Session) => collection.findOne({ keys: key }, { session }),
    /** Sum of the movements on a company's pages in µUSD, optionally only those at or after `from`. */
    sum: async (companyId: string, from: Date | null, session?: Session): Promise<number> => {
      const [row] = await model.collection
        .aggregate<{ total: number }>(
          [
            { $match: { company_id: companyId, ...(from && { at: { $gte: from } }) } },
            { $unwind: '$lines' },
            { $group: { _id: null, total: { $sum: AMOUNT } } },
          ],
          { ...inTime, session },
        )
        .toArray();
      return row?.total ?? 0;
    },
    /** Movements and µUSD per kind in a half-open time window. */
    sumByKind: (companyId: string, from: Date, to: Date) =>
      model.aggregate<{ _id: LedgerKind; lines: number; amount_microusd: number }>([
        { $match: { company_id: companyId, at: { $gte: from, $lt: to } } },
        { $unwind: '$lines' },
        {
          $group: {
            _id: '$lines.kind',
            lines: { $sum: COUNT },
            amount_microusd: { $sum: AMOUNT },
          },
        },
      ]),
    /** Movements and µUSD per UTC day and kind in a half-open time window; no `to`: until now. */
    sumByDay: (companyId: string, from: Date, to?: Date): Promise<DaySum[]> =>
      model.aggregate<DaySum>(
        [
          { $match: { company_id: companyId, at: { $gte: from, ...(to && { $lt: to }) } } },
          { $unwind: '$lines' },
          {
            $group: {
              _id: { day: UTC_DAY, kind: '$lines.kind' },
              lines: { $sum: COUNT },
              amount_microusd: { $sum: AMOUNT },
            },
          },
          { $replaceWith: { $mergeObjects: ['$_id', '$$ROOT'] } },
          { $unset: '_id' },
        ],
        inTime,
      ),
    /** A company's pages from one of them on, newest first, as they are read. */
    newestFirst: (companyId: string, from: { at: Date; id: string } | null) =>
      collection
        .find(
          {
            company_id: companyId,
            ...(from && {
              $or: [{ at: { $lt: from.at } }, { at: from.at, _id: { $lte: from.id } }],
            }),
          },
          inTime,
        )
        .sort({ at: -1, _id: -1 }),
  };
}

/** One look into the index for each lane of each company, in one command. */
function newestOf(companyIds: string[], lanes: readonly number[]): object[] {
  const chainWith = (last: string) => ({ $concat: ['$_id', ':', { $toString: '$lane' }, last] });
  const isOfLane = { $and: [{ $gt: ['$_id', '$$from'] }, { $lt: ['$_id', '$$to'] }] };
  return [
    { $match: { _id: { $in: companyIds } } },
    { $project: { lane: { $literal: lanes } } },
    { $unwind: '$lane' },
    {
      $lookup: {
        from: 'ledger_pages',
        let: { from: chainWith(':'), to: chainWith(AFTER_COLON) },
        pipeline: [
          { $match: { $expr: isOfLane } },
          { $sort: { _id: -1 } },
          { $limit: 1 },
          { $project: { company_id: 1, balance_after_microusd: 1, reserved_after_microusd: 1 } },
        ],
        as: 'newest',
      },
    },
    { $unwind: '$newest' },
    { $replaceWith: '$newest' },
  ];
}

function isKeyTaken(error: unknown): boolean {
  return error instanceof mongoose.mongo.MongoError && error.message.includes('keys_1');
}
