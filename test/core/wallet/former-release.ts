import { randomBytes } from 'node:crypto';
import type { Context } from '../../../src/context';
import { isUnavailable } from '../../../src/store';
import { collections } from '../../helpers/collections';
import { CALLER } from '../../helpers/company';

const PRICE = 15_000;

/**
 * Charges a check as the release before ledger pages did: reads the wallet, refuses for money, takes
 * from the wallet under a condition, and adds a line.
 */
export async function debitAsBefore(
  ctx: Context,
  companyId: string,
): Promise<'paid' | 'insufficient_balance' | 'unavailable'> {
  const { formerWallets, ledgerLines } = collections(ctx);
  const session = formerWallets.db.client.startSession();
  try {
    return await session.withTransaction(async () => {
      const wallet = await formerWallets.findOne({ _id: companyId }, { session });
      const available = wallet ? wallet.balance_microusd - wallet.reserved_microusd : 0;
      if (PRICE > available) return 'insufficient_balance';
      const covers = {
        $gte: [{ $subtract: ['$balance_microusd', '$reserved_microusd'] }, PRICE],
      };
      const debited = await formerWallets.bulkWrite(
        [
          {
            updateOne: {
              filter: { _id: companyId, reserved_microusd: { $gte: -0 }, $expr: covers },
              update: { $inc: { balance_microusd: -PRICE, reserved_microusd: 0 } },
            },
          },
        ],
        { session },
      );
      if (debited.matchedCount !== 1) return 'unavailable';
      const _id = `check:${randomBytes(8).toString('hex')}`;
      const line = { kind: 'check_match', amount_microusd: -PRICE, at: new Date() } as const;
      const more = { company_id: companyId, certificate_id: null, ...CALLER };
      await ledgerLines.insertOne({ _id, ...line, ...more }, { session });
      return 'paid';
    });
  } catch (error) {
    if (isUnavailable(error)) return 'unavailable';
    throw error;
  } finally {
    await session.endSession();
  }
}
