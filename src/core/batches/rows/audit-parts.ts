import type { Context } from '../../../context';
import { flagCertificates } from '../../revocations/flag-revocation';
import { finishFlagged } from '../../revocations/finish-flagged';
import type { HeldBatch } from './held-batch';

/** Parts, of up to 1,000 certificates each, whose audit entries are written together. */
const PARTS_AT_A_TIME = 10;

/**
 * Writes the audit entries of everything that a batch has revoked.
 * @throws LeaseLost
 */
export async function auditParts({
  ctx,
  held,
  signal,
}: {
  ctx: Context;
  held: HeldBatch;
  signal: AbortSignal;
}): Promise<void> {
  await flagUnfinishedParts(ctx, held);
  for (let after = ''; ;) {
    signal.throwIfAborted();
    const parts = await ctx.store.revocations.findParts(
      held.batch._id,
      'batched',
      after,
      PARTS_AT_A_TIME,
    );
    const last = parts.at(-1);
    if (!last) return;
    const certificates_recorded = await finishFlagged({ ctx, revocations: parts });
    await held.progress({ add: { certificates_recorded } });
    after = last._id;
  }
}

/** Flags what a failure left recorded, whether its flags are already set or not. */
async function flagUnfinishedParts(ctx: Context, { batch }: HeldBatch): Promise<void> {
  for (let after = ''; ;) {
    const parts = await ctx.store.revocations.findParts(
      batch._id,
      'recorded',
      after,
      PARTS_AT_A_TIME,
    );
    const last = parts.at(-1);
    if (!last) return;
    for (const part of parts) await flagCertificates({ ctx, revocation: part });
    after = last._id;
  }
}
