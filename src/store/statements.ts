// Collection `statements`.
import { type Connection, Schema } from 'mongoose';
import { DAY_MS } from '../lib/durations';
import { maxTime } from './connection';
import type { LedgerKind } from './ledger';

/** What happened in a company's wallet on one UTC day; amounts in µUSD. */
export interface Statement {
  /** `<company id>:<day>` */
  _id: string;
  company_id: string;
  /** UTC day, `YYYY-MM-DD`. */
  day: string;
  opening_microusd: number;
  closing_microusd: number;
  totals: { kind: LedgerKind; lines: number; amount_microusd: number }[];
  made_at: Date;
}

/** What a company was charged in a UTC month. */
export interface MonthlySpend {
  /** `YYYY-MM` */
  month: string;
  spent_microusd: number;
  last_day: string;
}

/** As long as books are kept; the ledger is kept for good. */
const KEPT_MS = 3_653 * DAY_MS;

const schema = new Schema<Statement>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    day: { type: String, required: true },
    opening_microusd: { type: Number, required: true },
    closing_microusd: { type: Number, required: true },
    totals: { type: Schema.Types.Mixed, required: true },
    made_at: { type: Date, required: true },
  },
  { versionKey: false },
)
  .index({ company_id: 1, day: -1 }, { unique: true })
  .index({ made_at: 1 }, { expireAfterSeconds: KEPT_MS / 1_000 });

/** Daily statements. */
export function statementStore(connection: Connection) {
  const model = connection.model('Statement', schema, 'statements');
  return {
    /** Keeps the first statement made for a day. */
    insertOnce: async ({ _id, ...rest }: Statement) => {
      await model.updateOne({ _id }, { $setOnInsert: rest }, { upsert: true });
    },
    /** Statements of the days from `fromDay` on, oldest first, at most 400. */
    since: (companyId: string, fromDay: string) =>
      model
        .find({ company_id: companyId, day: { $gte: fromDay } })
        .sort({ day: 1 })
        .limit(400)
        .lean()
        .exec(),
    /** Statements of the days from `fromDay` to `toDay`, both included, oldest first, at most 31. */
    between: (companyId: string, fromDay: string, toDay: string) =>
      model
        .find({ company_id: companyId, day: { $gte: fromDay, $lte: toDay } })
        .sort({ day: 1 })
        .limit(31)
        .lean()
        .exec(),
    /** The newest statement of a day before this one, or null. */
    latestBefore: (companyId: string, day: string) =>
      model
        .findOne({ company_id: companyId, day: { $lt: day } })
        .sort({ day: -1 })
        .lean()
        .exec(),
    /** Whether any statement has movements of one of these kinds. */
    hasAny: async (companyId: string, kinds: LedgerKind[]): Promise<boolean> =>
      (await model.exists({ company_id: companyId, 'totals.kind': { $in: kinds } })) !== null,
    /** What was charged by the month, from `fromDay` on, and the last day of it with a statement. */
    spentByMonth: async (companyId: string, fromDay: string): Promise<MonthlySpend[]> => {
      const charge = { $max: [0, { $multiply: [-1, '$$this.amount_microusd'] }] };
      const found = await connection
        .collection('statements')
        .aggregate<{ _id: string } & Omit<MonthlySpend, 'month'>>(
          [
            { $match: { company_id: companyId, day: { $gte: fromDay } } },
            {
              $group: {
                _id: { $substrBytes: ['$day', 0, 7] },
                spent_microusd: { $sum: { $sum: { $map: { input: '$totals', in: charge } } } },
                last_day: { $max: '$day' },
              },
            },
          ],
          maxTime(connection),
        )
        .toArray();
      return found.map(({ _id: month, ...rest }) => ({ month, ...rest }));
    },
    latest: (companyId: string) =>
      model.findOne({ company_id: companyId }).sort({ day: -1 }).lean().exec(),
  };
}
