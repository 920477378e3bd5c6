import { commitBatch } from '../../../../src/core/batches/commit-batch';
import { newScrub, type Asked } from '../../../../src/core/batches/scrub/new-scrub';
import { resultCsv } from '../../../../src/core/batches/scrub/result-csv';
import { runScrub } from '../../../../src/core/batches/scrub/run-scrub';
import type { Context } from '../../../../src/context';
import { proveWallet } from '../../../../src/core/wallet/prove-wallet';
import { getWallet } from '../../../../src/core/wallet/get-wallet';
import type { Batch } from '../../../../src/store/batches';
import { CALLER } from '../../../helpers/company';
import { batchNow, type CsvScene, storeBatch } from '../scene';

/** What a check costs in tests, in µUSD. */
export const PRICE = 1_000;

/** Stores a file to be scrubbed, as an upload does. */
export function storeScrub(
  scene: CsvScene,
  file: string | Buffer,
  asked: Asked = {},
  more: Partial<Batch> = {},
) {
  const inAnHour = new Date(Date.now() + 3_600_000);
  const scrub = newScrub(asked);
  return storeBatch(scene, file, {
    kind: 'scrubs',
    dry_run: true,
    scrub,
    upload_expires_at: inAnHour,
    ...more,
  });
}

/** Runs a scrub as its job does, a few rows at a time. */
export function runSome(ctx: Context, { _id }: Batch, signal = new AbortController().signal) {
  return runScrub({ ctx, batchId: _id, signal, rowsAtATime: 3 });
}

/** Has a stored scrub previewed, and commits it. */
export async function commit(scene: CsvScene, batch: Batch): Promise<Batch> {
  const { ctx, company } = scene;
  const { state, dry_run } = await batchNow(scene, batch);
  if (state === 'queued' && dry_run) await runSome(ctx, batch);
  return commitBatch({
    ctx,
    companyId: company.id,
    batchId: batch._id,
    kind: 'scrubs',
    caller: CALLER,
  });
}

/** The result as text. */
export async function resultOf({ ctx, company }: CsvScene, { _id }: Batch): Promise<string> {
  const { bytes, read } = await resultCsv({ ctx, companyId: company.id, batchId: _id });
  const parts: Buffer[] = [];
  for await (const part of read()) parts.push(part);
  const whole = Buffer.concat(parts);
  expect(whole).toHaveLength(bytes);
  return whole.toString();
}

/** What the company has, and that its ledger says so. */
export async function moneyOf({ ctx, company }: CsvScene) {
  const { balance_microusd, reserved_microusd } = await getWallet({ ctx, companyId: company.id });
  await proveWallet({ ctx, companyId: company.id });
  return { balance_microusd, reserved_microusd };
}

export { batchNow };
