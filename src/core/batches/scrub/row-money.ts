import type { Context } from '../../../context';
import { unavailable } from '../../../errors';
import type { Session } from '../../../store';
import { type Scrub, CONTACT_REASONS } from '../../../store/batch-scrub';
import type { Batch } from '../../../store/batches';
import { anyLane } from '../../wallet/lanes';
import { moveMoney } from '../../wallet/move-money';
import { reserveFee } from '../../wallet/reserve-fee';

/** What the ledger calls the rows that were answered between two checkpoints. */
export const ROWS_LINE = 'contact_scrub' as const;

/** What all rows of a scrub cost that can be read, in µUSD; null: not previewed yet. */
export function priceOf({ row_fee_microusd, rows_payable }: Scrub): number | null {
  if (row_fee_microusd === null || rows_payable === null) return null;
  return row_fee_microusd * rows_payable;
}

/** How many rows have been answered. */
export function answeredRows({ answers }: Scrub): number {
  return CONTACT_REASONS.reduce((sum, answer) => sum + answers[answer], 0);
}

/**
 * Reserves the price of the rows that a scrub has not answered yet, in the transaction that has them
 * answered.
 * @returns how that changes the batch; nothing for any other batch, or a preview
 * @throws AppError insufficient_balance
 */
export async function reserveRows({
  ctx,
  batch: { scrub, dry_run, company_id: companyId },
  session,
}: {
  ctx: Context;
  batch: Batch;
  session: Session;
}): Promise<Partial<Batch>> {
  if (!scrub || dry_run) return {};
  const feeMicrousd = (priceOf(scrub) ?? 0) - answeredRows(scrub) * (scrub.row_fee_microusd ?? 0);
  if (feeMicrousd > 0) await reserveFee({ ctx, companyId, feeMicrousd, session });
  return { scrub: { ...scrub, reserved_microusd: Math.max(feeMicrousd, 0) } };
}

/** Releases what is still reserved for a scrub, in the transaction that closes it. */
export async function releaseRows({
  ctx,
  batch: { scrub, company_id: companyId },
  session,
}: {
  ctx: Context;
  batch: Batch;
  session: Session;
}): Promise<Partial<Batch>> {
  if (!scrub?.reserved_microusd) return {};
  const reservedMicrousd = 0 - scrub.reserved_microusd;
  await moveMoney({ ctx, companyId, lines: [], reservedMicrousd, session });
  return { scrub: { ...scrub, reserved_microusd: 0 } };
}

/**
 * Turns what is reserved for rows into a debit, in the transaction that writes their answers.
 * @param firstRow number of the first of them: no row is ever paid twice
 * @returns what that changes in the scrub
 */
export async function debitRows({
  ctx,
  batch,
  rows,
  firstRow,
  session,
}: {
  ctx: Context;
  batch: Batch;
  rows: number;
  firstRow: number;
  session: Session;
}): Promise<Pick<Scrub, 'reserved_microusd' | 'charged_microusd'>> {
  const { _id, scrub, company_id: companyId, actor, ip } = batch;
  if (typeof scrub?.row_fee_microusd !== 'number') throw unavailable();
  const { reserved_microusd, charged_microusd } = scrub;
  const fee = rows * scrub.row_fee_microusd;
  if (fee === 0) return { reserved_microusd, charged_microusd };
  // A release that reads more rows than the one that previewed them has to find the money elsewhere.
  const reserved = Math.min(fee, reserved_microusd);
  const line = {
    kind: ROWS_LINE,
    amount_microusd: 0 - fee,
    actor,
    ip,
    certificate_refs: [null],
    keys: [`scrub:${_id}:${String(firstRow)}`],
  };
  const reservedMicrousd = 0 - reserved;
  // Short transactions that follow each other in the counter's lane would never let this one through.
  const lane = anyLane();
  await moveMoney({ ctx, companyId, lines: [line], reservedMicrousd, lane, session });
  return {
    reserved_microusd: reserved_microusd - reserved,
    charged_microusd: charged_microusd + fee,
  };
}
