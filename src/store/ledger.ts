// Collection `ledger_lines`.
import { type Connection, Schema } from 'mongoose';
import { type Actor, actorSchema } from './actor';
import type { Session } from './connection';
import { afterCursor, type PageRequest, toPage } from './paging';
import { renameDocuments, renameField, type Renames } from './renaming';
import { given } from './schema-fields';
import { sumOf } from './sum';

export type LedgerKind =
  | 'top_up'
  | 'check_match'
  | 'check_partial_match'
  | 'session_retention'
  | 'certificate_retention'
  | 'attestr_revocation';

/** One movement of money; append-only. */
export interface LedgerLine {
  /** Unique key of what was paid, so that nothing is ever paid twice. */
  _id: string;
  company_id: string;
  kind: LedgerKind;
  /** Signed µUSD: top-ups above zero, charges below. */
  amount_microusd: number;
  at: Date;
  certificate_id: string | null;
  /**
   * Checks only: their certificate, by its `ledger_ref`, so that no line has to change when it is
   * removed. Lines of earlier releases have its id instead.
   */
  certificate_ref?: string | undefined;
  actor: Actor;
  ip: string | null;
  /** Top-ups only: the balance right after, so that a repeat gives the first answer. */
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

/** The ledger; its sums are the truth about money. */
export function ledgerStore(connection: Connection) {
  const model = connection.model('LedgerLine', schema, 'ledger_lines');
  return {
    append: async (lines: LedgerLine[], session: Session) => {
      if (lines.length > 0) await model.collection.insertMany(lines as object[], { session });
    },
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
    /** What was spent on each UTC day from `from` on, in µUSD above zero. */
    spentByDay: (companyId: string, from: Date) =>
      model.aggregate<{ _id: string; spent_microusd: number }>([
        { $match: { company_id: companyId, at: { $gte: from }, amount_microusd: { $lt: 0 } } },
        {
          $group: {
            _id: { $dateToString: { date: '$at', format: '%Y-%m-%d' } },
            spent_microusd: { $sum: { $subtract: [0, '$amount_microusd'] } },
          },
        },
      ]),
    list: async (companyId: string, page: PageRequest) => {
      const found = await model
        .find({ company_id: companyId, ...afterCursor('at', page.cursor) })
        .sort({ at: -1, _id: -1 })
        .limit(page.limit + 1)
        .lean();
      return toPage(found, page.limit, (line) => ({ at: line.at, id: line._id }));
    },
  };
}
