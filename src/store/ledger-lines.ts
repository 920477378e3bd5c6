// Collection `ledger_lines`.
import { type Connection, Schema } from 'mongoose';
import { type Actor, actorSchema } from './actor';
import { duplicate, maxTime, type Session } from './connection';
import { renameDocuments, renameField, type Renames } from './renaming';
import { given } from './schema-fields';
import { sumOf } from './sum';

export type LedgerKind =
  | 'top_up'
  | 'check_match'
  | 'check_partial_match'
  | 'contact_check'
  | 'session_retention'
  | 'certificate_retention'
  | 'attestr_revocation'
  | 'contact_scrub';

/** What is charged for checks. */
export const CHECK_KINDS: readonly LedgerKind[] = ['check_match', 'check_partial_match'];

/** What movements of one kind came to on one UTC day. */
export interface DaySum {
  /** `YYYY-MM-DD` */
  day: string;
  kind: LedgerKind;
  lines: number;
  /** Signed µUSD. */
  amount_microusd: number;
}

/** The UTC day of a movement, for aggregations. */
export const UTC_DAY = { $dateToString: { date: '$at', format: '%Y-%m-%d' } } as const;

/** One movement of money, as earlier releases wrote it down. */
export interface LedgerLine {
  /** Unique key of what was paid. */
  _id: string;
  company_id: string;
  kind: LedgerKind;
  /** Signed µUSD: top-ups above zero, charges below. */
  amount_microusd: number;
  at: Date;
  certificate_id: string | null;
  /** Checks only: their certificate by its `ledger_ref`, instead of by its id. */
  certificate_ref?: string | undefined;
  actor: Actor;
  ip: string | null;
  /** Top-ups only: the balance right after. */
  balance_after_microusd?: number | undefined;
}

const schema = new Schema<LedgerLine>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    kind: { type: String, required: true },
    amount_microusd: { type: Number, required: true },
    at: { type: Date, required: true },
    certificate_id: { type: String, default: null },
    certificate_ref: String,
    actor: actorSchema,
    ip: { type: String, default: null },
    balance_after_microusd: { type: Number },
  },
  { versionKey: false },
)
  .index({ company_id: 1, at: -1, _id: -1 })
  // No index for the lines of checks: they have a `certificate_ref`.
  .index({ certificate_id: 1 }, given('certificate_id'));

/** So that no single update takes longer than an operation may. */
const RENAMED_AT_A_TIME = 5_000;

export type LedgerLineStore = ReturnType<typeof ledgerLineStore>;

/** What earlier releases wrote; nothing is added any more. */
export function ledgerLineStore(connection: Connection) {
  const model = connection.model('LedgerLine', schema, 'ledger_lines');
  const inTime = maxTime(connection);
  return {
    /** Renames certificates wherever a line names one by its id; safe to repeat. */
    renameCertificates: async (renames: Renames) => {
      const named = { certificate_id: { $in: [...renames.keys()], $gt: '' } };
      for (;;) {
        const found = await model.find(named, { _id: 1 }).limit(RENAMED_AT_A_TIME).lean();
        if (found.length === 0) return;
        await model.collection.updateMany(
          { _id: { $in: found.map(({ _id }) => _id) } } as object,
          renameField('certificate_id', renames),
        );
      }
    },
    /** Gives lines other keys, and empties their IPs; their amounts stay. */
    renameLines: (renames: Renames, session: Session) =>
      renameDocuments(connection, 'ledger_lines', renames, session),
    find: (id: string, session: Session) => model.findById(id).session(session).lean().exec(),
    /** @throws a duplicate (see `isDuplicate`) when one of these keys has been paid for */
    refusePaid: async (keys: string[], session: Session): Promise<void> => {
      const paid = await model.exists({ _id: { $in: keys } }).session(session);
      if (paid) throw duplicate();
    },
    /** Sum of a company's lines in µUSD, optionally only those at or after `from`. */
    sum: (companyId: string, from: Date | null, session?: Session): Promise<number> => {
      const lines = { company_id: companyId, ...(from && { at: { $gte: from } }) };
      return sumOf(model, 'amount_microusd', lines, session);
    },
    /** Lines and µUSD per kind in a half-open time window. */
    sumByKind: (companyId: string, from: Date, to: Date) =>
      model.aggregate<{ _id: LedgerKind; lines: number; amount_microusd: number }>([
        { $match: { company_id: companyId, at: { $gte: from, $lt: to } } },
        {
          $group: {
            _id: '$kind',
            lines: { $sum: 1 },
            amount_microusd: { $sum: '$amount_microusd' },
          },
        },
        { $sort: { _id: 1 } },
      ]),
    /** Lines and µUSD per UTC day and kind in a half-open time window; no `to`: until now. */
    sumByDay: (companyId: string, from: Date, to?: Date): Promise<DaySum[]> =>
      model.aggregate<DaySum>(
        [
          { $match: { company_id: companyId, at: { $gte: from, ...(to && { $lt: to }) } } },
          {
            $group: {
              _id: { day: UTC_DAY, kind: '$kind' },
              lines: { $sum: 1 },
              amount_microusd: { $sum: '$amount_microusd' },
            },
          },
          { $replaceWith: { $mergeObjects: ['$_id', '$$ROOT'] } },
          { $unset: '_id' },
        ],
        inTime,
      ),
    /** A company's lines after a place in the list, newest first. */
    newestFirst: (companyId: string, after: { at: Date; id: string } | null, limit: number) =>
      model
        .find({
          company_id: companyId,
          ...(after && {
            $or: [{ at: { $lt: after.at } }, { at: after.at, _id: { $lt: after.id } }],
          }),
        })
        .sort({ at: -1, _id: -1 })
        .limit(limit)
        .lean()
        .exec(),
  };
}
