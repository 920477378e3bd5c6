import { sweepOrphanedUploads } from '../batches/discard-upload';
import type { Context } from '../../context';
import { sweepEvidence } from './remove-evidence';
import { isUnavailable } from '../../store';
import { errorForLog } from '../../telemetry/logger';
import type { Company } from '../../store/companies';
import { companyPages } from '../companies/each-company';
import { type Held, underLease } from '../leases/under-lease';
import { sweepCompany } from './sweep-company';
import { sweepConsents } from './sweep-consents';
import { sweepTombstones } from './sweep-tombstones';
import { sweepUploads } from './sweep-uploads';

/** `under_way`: another process is sweeping. */
export type Swept = 'done' | 'nothing_due' | 'under_way';

/**
 * Finds everything that is due by now, in bounded pages, and records clean-ups for the queue. One
 * sweep at a time; one that is interrupted is continued by the next at the company where it was.
 * @throws the first error of a company that could not be swept, once all others have been
 */
export async function sweepDue({
  ctx,
  signal,
  now,
}: {
  ctx: Context;
  signal: AbortSignal;
  now: Date;
}): Promise<Swept> {
  const swept = await underLease({
    ctx,
    name: 'sweep',
    signal,
    work: (held) => sweep(ctx, now, held),
  });
  return swept ?? 'under_way';
}

async function sweep(ctx: Context, now: Date, held: Held): Promise<Swept> {
  const { signal } = held;
  const orphans = await sweepOrphanedUploads({ ctx, now });
  if (orphans > 0) ctx.log.warn({ orphans }, 'removed uploads that were never completed');
  await sweepEvidence({ ctx, now, signal });
  const uploads = await sweepUploads({ ctx, now, signal });
  const found = await sweepCompanies(ctx, now, held);
  await ctx.outbox.drain();
  if (found.failure) throw found.failure as Error;
  return uploads + found.recorded > 0 ? 'done' : 'nothing_due';
}

async function sweepCompanies(ctx: Context, now: Date, held: Held) {
  const { signal, saveCursor } = held;
  const found: { recorded: number; failure: unknown } = { recorded: 0, failure: null };
  let swept = held.cursor;
  try {
    for await (const companies of companyPages({ ctx, signal, after: swept ?? '' })) {
      const ids = companies.map(({ _id }) => _id);
      const ownPolicyDue = new Set(await ctx.store.consents.withOwnPolicyDue(ids, now));
      for (const company of companies) {
        signal.throwIfAborted();
        try {
          const isOwnDue = ownPolicyDue.has(company._id);
          const recorded = await sweepOne({ ctx, company, ownPolicyDue: isOwnDue, now, signal });
          // It may have been looked at only in part.
          signal.throwIfAborted();
          found.recorded += recorded;
          swept = company._id;
          // Where there was nothing to do, a successor soon gets past it again.
          if (recorded > 0) await saveCursor(swept);
        } catch (error) {
          if (signal.aborted || isUnavailable(error)) throw error;
          ctx.log.error(
            { company_id: company._id, error: errorForLog(error) },
            'company not swept',
          );
          found.failure ??= error;
        }
      }
      await saveCursor(swept);
    }
    swept = null;
    return found;
  } finally {
    await saveCursor(swept).catch((error: unknown) => {
      ctx.log.warn({ error: errorForLog(error) }, 'place of the sweep not saved');
    });
  }
}

/** @returns how many clean-ups it recorded; without a policy nothing is read to know that */
async function sweepOne(one: {
  ctx: Context;
  company: Company;
  ownPolicyDue: boolean;
  now: Date;
  signal: AbortSignal;
}): Promise<number> {
  if (one.company.retention.action === 'keep' && !one.ownPolicyDue) return 0;
  const tombstones = await sweepTombstones(one);
  const rest = await sweepCompany(one);
  return tombstones + rest + (await sweepConsents(one));
}
