import type { Context } from '../../../context';
import { sha256Of } from '../../../lib/sha256-of';
import type { Session } from '../../../store';
import { answeredEntryId } from '../../../store/answered-entries';
import type { Batch } from '../../../store/batches';
import { resultFileId } from '../../../store/batch-scrub';
import { FileDamaged } from '../../../store/files';
import { changeEntry } from '../../audit/record-change';
import type { HeldBatch } from '../rows/held-batch';

/** Well before the lease would lapse. */
const RENEW_EVERY_MS = 2_000;

/**
 * Hashes the result of a scrub once nothing more is added to it, in hexadecimal digits.
 * @returns null where there is none, or it has lost a part
 * @throws LeaseLost
 */
export async function hashResult({
  ctx,
  held,
  signal,
}: {
  ctx: Context;
  held: HeldBatch;
  signal: AbortSignal;
}): Promise<string | null> {
  const { _id, scrub } = held.batch;
  if (!scrub || scrub.result_bytes === 0) return null;
  const result = ctx.store.uploads.read(resultFileId(_id), scrub.result_bytes);
  let renewedAtMs = performance.now();
  try {
    return await sha256Of(result, async () => {
      signal.throwIfAborted();
      if (performance.now() - renewedAtMs < RENEW_EVERY_MS) return;
      await held.progress({});
      renewedAtMs = performance.now();
    });
  } catch (error) {
    if (!(error instanceof FileDamaged)) throw error;
    ctx.log.error({ batch_id: _id }, 'the result of a scrub has lost a part');
    return null;
  }
}

/**
 * Records what a scrub has answered, in the transaction that closes it; nothing where there is no result.
 * One that is resumed after that is recorded again at its next end.
 */
export async function recordAnswered({
  ctx,
  batch: { _id, company_id: companyId, actor, rows_read: rows, scrub },
  resultSha256,
  session,
}: {
  ctx: Context;
  batch: Batch;
  resultSha256: string | null;
  session: Session;
}): Promise<void> {
  if (!scrub || resultSha256 === null) return;
  const { answers, result_bytes: bytes } = scrub;
  const entryId = answeredEntryId(_id, rows);
  const caller = { actor, ip: null };
  const change = {
    ctx,
    companyId,
    action: 'scrub.answered',
    caller,
    entryId,
    reason: _id,
  } as const;
  const answered = { rows, allowed: answers.consented, bytes, result_sha256: resultSha256 };
  await ctx.store.audit.append({ ...changeEntry(change), answered }, session);
}
