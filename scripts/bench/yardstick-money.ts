import type mongoose from 'mongoose';
import { randomUUID } from 'node:crypto';

// Whatever the service keeps its money in, the yardsticks have collections of their own.
const WALLETS = 'bench_wallets';
const LINES = 'bench_lines';

/** Of one check. */
export const PRICE_MICROUSD = 15_000;

/** What a company has, in µUSD. */
interface Wallet {
  /** The company. */
  _id: string;
  balance_microusd: number;
}

/** One charge, with what a statement needs to tell about it. */
interface Line {
  _id: string;
  company_id: string;
  kind: 'check_match';
  amount_microusd: number;
  at: Date;
  certificate_id: string;
  actor: { type: 'property'; id: string };
  ip: string;
}

/** The yardsticks' wallets and ledger lines. */
export function yardstickMoney(db: Pick<mongoose.mongo.Db, 'collection'>) {
  return { wallets: db.collection<Wallet>(WALLETS), lines: db.collection<Line>(LINES) };
}

/** The line of one check that a company's property made. */
export function newLine(
  check: Pick<Line, 'company_id' | 'certificate_id' | 'ip'>,
  id: string,
): Line {
  return {
    _id: randomUUID(),
    company_id: check.company_id,
    kind: 'check_match',
    amount_microusd: -PRICE_MICROUSD,
    at: new Date(),
    certificate_id: check.certificate_id,
    actor: { type: 'property', id },
    ip: check.ip,
  };
}

/** Makes the index that a list of a company's charges needs; safe to repeat. */
export async function prepareYardstickMoney(db: mongoose.mongo.Db): Promise<void> {
  await yardstickMoney(db).lines.createIndex({ company_id: 1, at: -1, _id: -1 }, {}, {});
}
