import type { Context } from '../../src/context';
import type { Batch } from '../../src/store/batches';
import { collections } from '../services/collections';
import { type Child, startChild } from './children';
import { emailOf, makePeople, NOT_REVOKED, unrevokeAll, uploadCsv } from './csv-data';
import { type BenchCompany, makeCompanies } from './data';
import { median } from './load';
import type { Part } from './part';
import { peakMebibytes } from './process-usage';
import type { Row } from './table';

const ROUNDS = 3;
const PEOPLE = 100_000;
const IDS_PER_UPDATE = 1_000;
const SINGLE_UPDATES = 3_000;
const FEW_ROWS = 100_000;
const MANY_ROWS = 2_000_000;
const POLL_MS = 20;
/** The batch says itself when it ended; looking often would slow it down. */
const END_POLL_MS = 250;

/** One kind of file, and the raw loop that does the same. */
interface Kind {
  header: string;
  line: (i: number) => string;
  filter: (from: number, to: number) => object;
}

/** Files of certificate ids and of emails, each beside a raw loop over the same certificates. */
export const csvRows: Part = async ({ ctx, env, say }) => {
  say('CSV files …');
  const [company] = await makeCompanies(ctx, 1, 1);
  if (!company) throw new Error('a company is needed');
  const ids = await makePeople(ctx, company, PEOPLE);
  const hashes = ids.map((_, i) => ctx.identifiers.ofPerson('email', emailOf(i)));
  const mine = { company_id: company.id, 'opt_out.revoke': false };
  const kinds: Record<string, Kind> = {
    'certificate ids': {
      header: 'certificate_id',
      line: (i) => ids[i] ?? '',
      filter: (from, to) => ({ ...mine, _id: { $in: ids.slice(from, to) } }),
    },
    emails: {
      header: 'email',
      line: emailOf,
      filter: (from, to) => ({ ...mine, email_hash: { $in: hashes.slice(from, to) } }),
    },
  };
  const worker = await startWorker(env);
  const rows: Row[] = [];
  for (const [name, kind] of Object.entries(kinds)) {
    rows.push(...(await compare(ctx, company, name, kind)));
  }
  await worker.stop();
  return [...rows, ...(await memoryRows(ctx, env, company))];
};

/** A worker under measurement. */
export function startWorker(env: Record<string, string>): Promise<Child> {
  return startChild('workers/main.ts', env, (line) => line.msg === 'worker ready');
}

async function compare(
  ctx: Context,
  company: BenchCompany,
  name: string,
  kind: Kind,
): Promise<Row[]> {
  const raw: number[] = [];
  const flagged: number[] = [];
  const whole: number[] = [];
  const first: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await unrevokeAll(ctx);
    raw.push(await rawLoop(ctx, kind, PEOPLE, IDS_PER_UPDATE));
    await unrevokeAll(ctx);
    const run = await runBatch(ctx, company, kind, PEOPLE);
    flagged.push(run.flaggedPerSecond);
    whole.push(run.perSecond);
    first.push(run.firstMs);
  }
  await unrevokeAll(ctx);
  const single = await rawLoop(ctx, kind, SINGLE_UPDATES, 1);
  const row = (what: string, value: number, yardstick: string, beside: number, aim: string) => ({
    name: `CSV of ${name}: ${what}`,
    value,
    unit: '/s',
    yardstick,
    beside,
    aim,
  });
  const loop = `updateMany of ${IDS_PER_UPDATE} each`;
  const firstMs = Math.round(median(first));
  return [
    row(
      `rows flagged (first one after ${firstMs} ms)`,
      median(flagged),
      loop,
      median(raw),
      '≥ 0.75',
    ),
    row('rows flagged', median(flagged), 'one updateOne per row', single, '> 1'),
    row('rows with audit', median(whole), loop, median(raw), '≥ 0.65'),
  ];
}

/** What anybody would write: rows per second. */
async function rawLoop(ctx: Context, kind: Kind, rows: number, step: number): Promise<number> {
  const collection = collections(ctx).certificates;
  const opt_out = { ...NOT_REVOKED, revoke: true, revoked_at: new Date(), revocation_id: 'raw' };
  const startedAt = performance.now();
  for (let from = 0; from < rows; from += step) {
    await collection.updateMany(kind.filter(from, from + step), { $set: { opt_out } });
  }
  return (rows * 1_000) / (performance.now() - startedAt);
}

async function runBatch(ctx: Context, company: BenchCompany, kind: Kind, rows: number) {
  const batch = await uploadCsv(ctx, company.id, kind.header, rows, kind.line);
  const collection = collections(ctx).certificates;
  const filter = { ...kind.filter(0, 1), 'opt_out.revoke': true } as object;
  const firstAt = await poll(async () => (await collection.findOne(filter)) && Date.now(), POLL_MS);
  const done = await ended(ctx, batch);
  const { flags_committed_at, completed_at, requested_at } = done;
  if (done.revoked !== rows || !flags_committed_at || !completed_at) {
    throw new Error(`the batch ended ${done.state} with ${done.revoked} of ${rows} revoked`);
  }
  const perSecond = (until: Date) => (rows * 1_000) / (until.getTime() - requested_at.getTime());
  return {
    flaggedPerSecond: perSecond(flags_committed_at),
    perSecond: perSecond(completed_at),
    firstMs: firstAt - requested_at.getTime(),
  };
}

/** Peak memory of a worker that sees nothing but one file, most of whose rows name nobody. */
async function memoryRows(
  ctx: Context,
  env: Record<string, string>,
  company: BenchCompany,
): Promise<Row[]> {
  const peaks: number[] = [];
  for (const rows of [FEW_ROWS, MANY_ROWS]) {
    await unrevokeAll(ctx);
    const worker = await startWorker(env);
    const line = (i: number) => (i % 20 === 0 ? emailOf((i / 20) % PEOPLE) : `nobody-${i}@x.org`);
    await ended(ctx, await uploadCsv(ctx, company.id, 'email', rows, line));
    peaks.push(peakMebibytes(worker.pid));
    await worker.stop();
  }
  const [few = 0, many = 0] = peaks;
  const label = (rows: number) => `${rows.toLocaleString('en-US')} rows`;
  return [
    {
      name: `peak memory of the worker, CSV of ${label(MANY_ROWS)}`,
      value: many,
      unit: 'MiB',
      yardstick: label(FEW_ROWS),
      beside: few,
      aim: 'within 64 MiB',
    },
  ];
}

/** Waits for the end of a batch. */
export function ended(ctx: Context, { _id }: Batch): Promise<Batch> {
  return poll(async () => {
    const batch = await ctx.store.batches.find(_id);
    return batch && !batch.open ? batch : null;
  }, END_POLL_MS);
}

async function poll<T>(look: () => Promise<T | null>, everyMs: number): Promise<T> {
  for (;;) {
    const seen = await look();
    if (seen !== null) return seen;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
