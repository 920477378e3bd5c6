import { randomBytes } from 'node:crypto';
import type { Context } from '../../../src/context';
import { isUnavailable, type Session } from '../../../src/store';
import type { LedgerLine } from '../../../src/store/ledger-lines';
import { collections } from '../../helpers/collections';
import { CALLER } from '../../helpers/company';

const PRICE = 15_000;

/**
 * Charges a check as the release before ledger pages did: reads the wallet, refuses for money, takes
 * from the wallet under a condition, and adds a line.
 */
export function debitAsBefore(ctx: Context, companyId: string) {
  return inTransaction(ctx, async (session) => {
    const wallet = await findWallet(ctx, companyId, session);
    const available = wallet ? wallet.balance_microusd - wallet.reserved_microusd : 0;
    if (PRICE > available) return 'insufficient_balance' as const;
    if (!(await apply(ctx, companyId, { balance: -PRICE, reserved: 0 }, session))) {
      return 'unavailable' as const;
    }
    const line = { kind: 'check_match', amount_microusd: -PRICE } as const;
    await append(
      ctx,
      companyId,
      { _id: `check:${randomBytes(8).toString('hex')}`, ...line },
      session,
    );
    return 'paid' as const;
  });
}

/** Pays in as that release did. */
export function topUpAsBefore(ctx: Context, companyId: string, amount: number) {
  return inTransaction(ctx, async (session) => {
    const wallet = await findWallet(ctx, companyId, session);
    if (!wallet) return 'company_not_found' as const;
    const balance = wallet.balance_microusd + amount;
    if (!Number.isSafeInteger(balance)) return 'invalid_request' as const;
    if (!(await apply(ctx, companyId, { balance: amount, reserved: 0 }, session))) {
      return 'internal' as const;
    }
    const line = { kind: 'top_up', amount_microusd: amount } as const;
    await append(
      ctx,
      companyId,
      { _id: `topup:${randomBytes(8).toString('hex')}`, ...line },
      session,
    );
    return 'paid' as const;
  });
}

/** Reserves a fee as that release did; below zero releases it. */
export function reserveAsBefore(ctx: Context, companyId: string, fee: number) {
  return inTransaction(ctx, async (session) =>
    (await apply(ctx, companyId, { balance: 0, reserved: fee }, session))
      ? ('reserved' as const)
      : ('insufficient_balance' as const),
  );
}

/** Gives a company the empty wallet that a new one had. */
export async function openAsBefore(ctx: Context, companyId: string): Promise<void> {
  const nothing = { balance_microusd: 0, reserved_microusd: 0 };
  await collections(ctx).formerWallets.insertOne({ _id: companyId, ...nothing });
}

async function inTransaction<T>(
  ctx: Context,
  work: (session: Session) => Promise<T>,
): Promise<T | 'unavailable'> {
  const session = collections(ctx).formerWallets.db.client.startSession();
  try {
    return await session.withTransaction(() => work(session));
  } catch (error) {
    if (isUnavailable(error)) return 'unavailable';
    throw error;
  } finally {
    await session.endSession();
  }
}

function findWallet(ctx: Context, companyId: string, session: Session) {
  return collections(ctx).formerWallets.findOne({ _id: companyId }, { session });
}

async function apply(
  ctx: Context,
  companyId: string,
  { balance, reserved }: { balance: number; reserved: number },
  session: Session,
): Promise<boolean> {
  const covers = {
    $gte: [{ $subtract: ['$balance_microusd', '$reserved_microusd'] }, reserved - balance],
  };
  const filter = { _id: companyId, reserved_microusd: { $gte: -reserved }, $expr: covers };
  const update = { $inc: { balance_microusd: balance, reserved_microusd: reserved } };
  const { formerWallets } = collections(ctx);
  const result = await formerWallets.bulkWrite([{ updateOne: { filter, update } }], { session });
  return result.matchedCount === 1;
}

async function append(
  ctx: Context,
  companyId: string,
  line: Pick<LedgerLine, '_id' | 'kind' | 'amount_microusd'>,
  session: Session,
): Promise<void> {
  const more = { company_id: companyId, certificate_id: null, at: new Date(), ...CALLER };
  await collections(ctx).ledgerLines.insertOne({ ...line, ...more }, { session });
}
