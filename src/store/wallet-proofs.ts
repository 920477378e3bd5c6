// Collection `wallet_proofs`.
import { type Connection, Schema } from 'mongoose';
import { isDuplicate, type Session } from './connection';
import type { Head } from './ledger-pages';
import { given } from './schema-fields';

/** How far a wallet's pages have been followed without finding a fault; amounts in µUSD. */
export interface Proved {
  /** The last page of each lane that was looked at. */
  heads: Head[];
  /** Sum of all movements up to there. */
  entries_sum_microusd: number;
}

/** What is known of a company's wallet since it was last proved. */
export interface WalletProof {
  /** The company id. */
  _id: string;
  low_balance: boolean;
  /** Balance minus sum of movements; anything but 0 is an alarm. */
  drift_microusd: number;
  /** The first page that does not follow from the one before; anything but null is an alarm. */
  broken_page: string | null;
  /** Reserved minus sum of open reservations; anything but 0 is an alarm. */
  reserved_drift_microusd: number;
  reconciled_at: Date;
  proved: Proved;
}

const schema = new Schema<WalletProof>(
  {
    _id: { type: String, required: true },
    low_balance: { type: Boolean, required: true },
    drift_microusd: { type: Number, required: true },
    broken_page: { type: String, default: null },
    reserved_drift_microusd: { type: Number, required: true },
    reconciled_at: { type: Date, required: true },
    proved: { type: Schema.Types.Mixed, required: true },
  },
  { versionKey: false },
)
  // Drifts alone: a scrape must not read every wallet.
  .index({ drift_microusd: 1 })
  .index({ reserved_drift_microusd: 1 })
  .index({ broken_page: 1 }, given('broken_page'));

const DRIFTING = {
  $or: [
    { drift_microusd: { $ne: 0 } },
    { reserved_drift_microusd: { $ne: 0 } },
    { broken_page: { $gt: '' } },
  ],
};

/** Proofs of wallets; whoever loses one follows the pages from the first. */
export function walletProofStore(connection: Connection) {
  const model = connection.model('WalletProof', schema, 'wallet_proofs');
  return {
    find: (companyId: string, session?: Session) =>
      model
        .findById(companyId)
        .session(session ?? null)
        .lean()
        .exec(),
    /** Writes down a proof, unless there is a newer one. */
    save: async ({ _id, ...proof }: WalletProof, session?: Session) => {
      const older = { _id, reconciled_at: { $lte: proof.reconciled_at } };
      try {
        await model.updateOne(older, { $set: proof }, { upsert: true, session });
      } catch (error) {
        if (!isDuplicate(error)) throw error;
      }
    },
    countDrifting: () => model.countDocuments(DRIFTING),
    listDrifting: (limit: number): Promise<WalletProof[]> =>
      model.find(DRIFTING).limit(limit).lean<WalletProof[]>().exec(),
  };
}
