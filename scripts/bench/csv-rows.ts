import { rememberedOf } from '../../src/core/suppressions/remember-opt-out';
import type { Context } from '../../src/context';
import type { Batch } from '../../src/store/batches';
import { suppressionId } from '../../src/store/suppressions';
import { collections } from '../services/collections';
import { emailOf, makePeople, NOT_REVOKED, strangerOf, unrevokeAll, uploadCsv } from './csv-data';
import { type BenchCompany, makeCompanies } from './data';
import { ended, poll, startWorker } from './file-worker';
import { median } from './load';
import type { Part } from './part';
import type { Row } from './table';

const ROUNDS = 3;
const PEOPLE = 100_000;
const IDS_PER_UPDATE = 1_000;
const SINGLE_UPDATES = 3_000;
const POLL_MS = 20;

/** One kind of file, and the raw loop that does the same. */
interface Kind {
  header: string;
  line: (i: number) => string;
  filter: (from: number, to: number) => object;
  /** What its rows are remembered under. */
  remembered?: (from: number, to: number) => string[];
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
      remembered: (from, to) =>
        hashes.slice(from, to).map((hash) => suppressionId(company.id, hash)),
    },
  };
  const worker = await startWorker(env);
  const rows: Row[] = [];
  for (const [name, kind] of Object.entries(kinds)) {
    rows.push(...(await compare(ctx, company, name, kind)));
  }
  rows.push(...(await strangers(ctx, company)));
  await worker.stop();
  return rows;
};

async function compare(
  ctx: Context,
  company: BenchCompany,
  name: string,
  kind: Kind,
): Promise<Row[]> {
  const raw: number[] = [];
  const remembering: number[] = [];
  const flagged: number[] = [];
  const whole: number[] = [];
  const first: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await unrevokeAll(ctx);
    raw.push(await rawLoop(ctx, kind, PEOPLE, IDS_PER_UPDATE));
    if (kind.remembered) {
      await unrevokeAll(ctx);
      remembering.push(await rawLoop(ctx, kind, PEOPLE, IDS_PER_UPDATE, kind.remembered));
    }
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
    ...remembering
      .slice(0, 1)
      .map(() =>
        row(
          'rows flagged and remembered',
          median(flagged),
          `${loop}, and insertMany of what is remembered`,
          median(remembering),
          '≥ 0.75',
        ),
      ),
    row('rows with audit', median(whole), loop, median(raw), '≥ 0.65'),
  ];
}

/** What anybody would write: rows per second. */
async function rawLoop(
  ctx: Context,
  kind: Kind,
  rows: number,
  step: number,
  remembered?: Kind['remembered'],
): Promise<number> {
  const collection = collections(ctx).certificates;
  const opt_out = { ...NOT_REVOKED, revoke: true, revoked_at: new Date(), revocation_id: 'raw' };
  const startedAt = performance.now();
  for (let from = 0; from < rows; from += step) {
    if (remembered) await insertRemembered(ctx, remembered(from, from + step));
    await collection.updateMany(kind.filter(from, from + step), { $set: { opt_out } });
  }
  return (rows * 1_000) / (performance.now() - startedAt);
}

async function insertRemembered(ctx: Context, ids: string[]): Promise<void> {
  const optOut = rememberedOf('raw', { _id: 'raw', method: 'csv', requested_at: new Date() });
  const documents = ids.map((_id) => ({ _id, ...optOut }));
  await collections(ctx).suppressions.insertMany(documents, { ordered: false });
}

/** Rows that match nothing, so that remembering them is most of the work; then the same file again. */
async function strangers(ctx: Context, { id }: BenchCompany): Promise<Row[]> {
  const raw: number[] = [];
  const first: number[] = [];
  const again: number[] = [];
  const upload = async (): Promise<number> => {
    const batch = await ended(ctx, await uploadCsv(ctx, id, 'email', PEOPLE, strangerOf));
    if (batch.remembered !== PEOPLE) throw new Error(`${batch.remembered} rows are remembered`);
    return perSecond(batch, batch.completed_at);
  };
  for (let round = 0; round < ROUNDS; round++) {
    await unrevokeAll(ctx);
    raw.push(await rawInserts(ctx, id));
    await unrevokeAll(ctx);
    first.push(await upload());
    again.push(await upload());
  }
  const row = (of: string, value: number) => ({
    name: `CSV of emails that match nothing, ${of}: rows remembered`,
    value,
    unit: '/s',
    yardstick: `insertMany of ${IDS_PER_UPDATE} each`,
    beside: median(raw),
    aim: '–',
  });
  return [row('new ones', median(first)), row('once more', median(again))];
}

async function rawInserts(ctx: Context, companyId: string): Promise<number> {
  const startedAt = performance.now();
  for (let from = 0; from < PEOPLE; from += IDS_PER_UPDATE) {
    const ids = Array.from({ length: IDS_PER_UPDATE }, (_, i) =>
      suppressionId(companyId, ctx.identifiers.ofPerson('email', strangerOf(from + i))),
    );
    await insertRemembered(ctx, ids);
  }
  return (PEOPLE * 1_000) / (performance.now() - startedAt);
}

function perSecond({ requested_at, rows_read }: Batch, until: Date | null): number {
  if (!until) throw new Error('the batch has no end');
  return (rows_read * 1_000) / (until.getTime() - requested_at.getTime());
}

async function runBatch(ctx: Context, company: BenchCompany, kind: Kind, rows: number) {
  const batch = await uploadCsv(ctx, company.id, kind.header, rows, kind.line);
  const collection = collections(ctx).certificates;
  const filter = { ...kind.filter(0, 1), 'opt_out.revoke': true } as object;
  const firstAt = await poll(async () => (await collection.findOne(filter)) && Date.now(), POLL_MS);
  const done = await ended(ctx, batch);
  if (done.revoked !== rows) throw new Error(`${done.revoked} of ${rows} are revoked`);
  return {
    flaggedPerSecond: perSecond(done, done.flags_committed_at),
    perSecond: perSecond(done, done.completed_at),
    firstMs: firstAt - done.requested_at.getTime(),
  };
}
