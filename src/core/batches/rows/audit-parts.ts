import type { Context } from '../../../context';
import { flagCertificates } from '../../revocations/flag-revocation';
import { finishFlagged } from '../../revocations/finish-flagged';
import type { Revocation } from '../../../store/revocations';
import type { HeldBatch } from './held-batch';

/** Parts, of up to 1,000 certificates each, whose audit entries are written together. */
const PARTS_AT_A_TIME = 10;
/** What is under way at the same time: while one waits for the journal, another is written. */
const PAGES_AT_A_TIME = 2;

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
  const pages = partsToAudit(ctx, held, signal);
  const work = async (): Promise<void> => {
    // Whoever is free takes the next page.
    for (let page = await pages.next(); !page.done; page = await pages.next()) {
      const certificates_recorded = await finishFlagged({ ctx, revocations: page.value });
      await held.progress({ add: { certificates_recorded } });
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: PAGES_AT_A_TIME }, work));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}

async function* partsToAudit(
  ctx: Context,
  { batch }: HeldBatch,
  signal: AbortSignal,
): AsyncGenerator<Revocation[], void> {
  for (let after = ''; ;) {
    signal.throwIfAborted();
    const parts = await ctx.store.revocations.findParts(
      batch._id,
      'batched',
      after,
      PARTS_AT_A_TIME,
    );
    const last = parts.at(-1);
    if (!last) return;
    yield parts;
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
