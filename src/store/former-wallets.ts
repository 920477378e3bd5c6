// Collection `wallets`, of earlier releases.
import { type Connection, Schema } from 'mongoose';
import type { Session } from './connection';

/** A company's wallet before there were ledger pages; amounts in µUSD. */
export interface FormerWallet {
  /** The company id. */
  _id: string;
  /** The sum of the ledger's lines. */
  balance_microusd: number;
  /** Part of the balance that is reserved for work in progress. Not a number: converted. */
  reserved_microusd: number;
}

const schema = new Schema<FormerWallet>(
  {
    _id: { type: String, required: true },
    balance_microusd: { type: Number, required: true },
    reserved_microusd: { type: Number, required: true },
  },
  { versionKey: false },
);

/** Wallets that have to become ledger pages. */
export function formerWalletStore(connection: Connection) {
  connection.model('FormerWallet', schema, 'wallets');
  const collection = connection.collection<FormerWallet>('wallets');
  return {
    /** The companies whose wallets are not converted yet, in order, at most `limit`. */
    idsAfter: async (after: string, limit: number): Promise<string[]> => {
      const found = await collection
        .find({ _id: { $gt: after }, reserved_microusd: { $gte: 0 } }, { projection: { _id: 1 } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
      return found.map(({ _id }) => _id);
    },
    /**
     * Takes the money out of a wallet. What is reserved is no number then: a process of an earlier
     * release can add nothing to it and spend nothing of it. It answers checks with 503, not with a
     * refusal for money, and top-ups with 500, not as if their amount were wrong.
     * @returns the wallet as it was; null: there is none, or it is converted already
     */
    retire: (companyId: string, session: Session): Promise<FormerWallet | null> =>
      collection.findOneAndUpdate(
        { _id: companyId, reserved_microusd: { $gte: 0 } },
        { $set: { balance_microusd: 0, reserved_microusd: NaN } },
        { session, returnDocument: 'before' },
      ),
  };
}
