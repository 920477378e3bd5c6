import { updateCompany } from '../../src/core/companies/update-company';
import type { Context } from '../../src/context';
import { sweepDue } from '../../src/core/cleanup/sweep-due';
import { collections } from '../services/collections';
import { makePeople } from './csv-data';
import { type BenchCompany, makeCompanies } from './data';
import { median } from './load';
import type { Part } from './part';
import { DAY_MS } from '../../src/lib/durations';

const ROUNDS = 3;
const CERTIFICATES = 1_000_000;
const CURSOR_BATCH = 10_000;

/** A sweep that finds every certificate due and hands it out, beside a cursor over their ids. */
export const sweepRows: Part = async ({ ctx, say }) => {
  say('retention sweep …');
  const [company] = await makeCompanies(ctx, 1, 1);
  if (!company) throw new Error('a company is needed');
  await makePeople(ctx, company, CERTIFICATES);
  const caller = { actor: { type: 'system' as const, id: 'bench' }, ip: null };
  const retention = { action: 'delete' as const, certificate_days: 1, session_days: 1 };
  await updateCompany({ ctx, companyId: company.id, caller, input: { retention } });
  const raw: number[] = [];
  const swept: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    raw.push(await perSecond(() => rawCursor(ctx, company)));
    swept.push(await perSecond(() => sweep(ctx)));
    const named = await forgetCleanups(ctx);
    if (named < CERTIFICATES) throw new Error(`only ${named} certificates were handed out`);
  }
  return [
    {
      name: `retention sweep over ${CERTIFICATES.toLocaleString('en-US')} due certificates`,
      value: median(swept),
      unit: '/s',
      yardstick: 'a cursor over their ids',
      beside: median(raw),
      aim: '≥ 0.6',
    },
  ];
};

async function perSecond(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (CERTIFICATES * 1_000) / (performance.now() - startedAt);
}

async function rawCursor(ctx: Context, company: BenchCompany): Promise<number> {
  const { certificates } = collections(ctx);
  const found = certificates
    .find({ company_id: company.id, created_at: { $lt: new Date() } }, { projection: { _id: 1 } })
    .sort({ created_at: 1 })
    .batchSize(CURSOR_BATCH);
  let count = 0;
  for await (const { _id } of found) count += _id.length > 0 ? 1 : 0;
  return count;
}

function sweep(ctx: Context): Promise<string> {
  const { signal } = new AbortController();
  return sweepDue({ ctx, signal, now: new Date(Date.now() + 2 * DAY_MS) });
}

/** As if they had been carried out; gives how many certificates they named. */
async function forgetCleanups(ctx: Context): Promise<number> {
  const { cleanups } = collections(ctx);
  const found = await cleanups.find({}, { projection: { subject_ids: 1 } }).toArray();
  await cleanups.deleteMany({});
  await ctx.queues.byName['data-cleanup'].obliterate({ force: true });
  return found.reduce((sum, { subject_ids }) => sum + subject_ids.length, 0);
}
