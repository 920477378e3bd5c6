// Collection `wallets`.
import { type Connection, Schema } from 'mongoose';
import type { Session } from './connection';

/** Projection of a company's ledger; amounts in µUSD. */
export interface Wallet {
  /** The company id. */
  _id: string;
  /** Equals the sum of the ledger's lines, always; never below zero. */
  balance_microusd: number;
  /** Part of the balance that is reserved for work in progress. */
  reserved_microusd: number;
  /** Set by the reconcile job. */
  low_balance: boolean;
  /** Balance minus sum of lines, as last proved; anything but 0 is an alarm. */
  drift_microusd: number;
  /** Reserved minus sum of open reservations, as last proved; anything but 0 is an alarm. */
  reserved_drift_microusd: number;
  reconciled_at: Date | null;
}

/** Balance and reservations to add to a wallet. */
export interface WalletChange {
  company_id: string;
  balance_microusd: number;
  reserved_microusd: number;
}

const schema = new Schema<Wallet>(
  {
    _id: { type: String, required: true },
    balance_microusd: { type: Number, required: true, default: 0 },
    reserved_microusd: { type: Number, required: true, default: 0 },
    low_balance: { type: Boolean, required: true, default: false },
    drift_microusd: { type: Number, required: true, default: 0 },
    reserved_drift_microusd: { type: Number, required: true, default: 0 },
    reconciled_at: { type: Date, default: null },
  },
  { versionKey: false },
)
  // Drifts alone: a scrape must not read every wallet.
  .index({ drift_microusd: 1 })
  .index({ reserved_drift_microusd: 1 });

/** Wallets; every change belongs in a transaction with the lines that explain it. */
export function walletStore(connection: Connection) {
  const model = connection.model('Wallet', schema, 'wallets');
  return {
    create: async (companyId: string, session: Session) => {
      await model.create([{ _id: companyId }], { session });
    },
    find: (companyId: string, session?: Session) =>
      model
        .findById(companyId)
        .session(session ?? null)
        .lean()
        .exec(),
    findMany: (companyIds: string[], session: Session) =>
      model.collection.find<Wallet>({ _id: { $in: companyIds } } as object, { session }).toArray(),
    /**
     * Adds to the wallets, each only if balance and reservations stay in bounds.
     * @returns how many were changed; fewer than given: abort the transaction
     */
    apply: async (changes: WalletChange[], session: Session): Promise<number> => {
      if (changes.length === 0) return 0;
      const result = await connection.collection<Wallet>('wallets').bulkWrite(
        changes.map(({ company_id, balance_microusd, reserved_microusd }) => ({
          updateOne: {
            filter: {
              _id: company_id,
              reserved_microusd: { $gte: -reserved_microusd },
              $expr: {
                $gte: [
                  { $subtract: ['$balance_microusd', '$reserved_microusd'] },
                  reserved_microusd - balance_microusd,
                ],
              },
            },
            update: { $inc: { balance_microusd, reserved_microusd } },
          },
        })),
        { session },
      );
      return result.matchedCount;
    },
    setFlags: async (
      companyId: string,
      flags: Pick<
        Wallet,
        'low_balance' | 'drift_microusd' | 'reserved_drift_microusd' | 'reconciled_at'
      >,
    ) => {
      await model.updateOne({ _id: companyId }, { $set: flags });
    },
    countDrifting: () =>
      model.countDocuments({
        $or: [{ drift_microusd: { $ne: 0 } }, { reserved_drift_microusd: { $nin: [0, null] } }],
      }),
  };
}
