import { createInterface } from 'node:readline';
import { commitBatch } from '../../src/core/batches/commit-batch';
import { newScrub } from '../../src/core/batches/scrub/new-scrub';
import { identifierLookups } from '../../src/core/identifiers';
import { normalizeEmail } from '../../src/core/identifiers/email';
import type { Context } from '../../src/context';
import { HOUR_MS } from '../../src/lib/durations';
import type { Batch } from '../../src/store/batches';
import { collections } from '../services/collections';
import { emailOf, makePeople, strangerOf, uploadCsv } from './csv-data';
import { type BenchCompany, CALLER, makeCompanies } from './data';
import { ended, startWorker } from './file-worker';
import { median } from './load';
import type { Part } from './part';
import type { Row } from './table';

const ROUNDS = 3;
const ROWS = 100_000;
const EMAILS_PER_FIND = 1_000;
const HEADER = 'email,name';

/** Files of contacts, beside a loop that reads the same file and looks up the same hashes. */
export const scrubRows: Part = async ({ ctx, env, say }) => {
  say('scrubs …');
  const [company] = await makeCompanies(ctx, 1, 1);
  if (!company) throw new Error('a company is needed');
  await makePeople(ctx, company, ROWS);
  const kinds = {
    'every other known': (i: number) => (i % 2 === 0 ? emailOf(i) : strangerOf(i)),
    'all known': emailOf,
  };
  const worker = await startWorker(env);
  const rows: Row[] = [];
  for (const [name, email] of Object.entries(kinds)) {
    const raw: number[] = [];
    const answered: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const batch = await uploadScrub(ctx, company, ROWS, email);
      raw.push(await rawLoop(ctx, company, batch));
      answered.push(await answer(ctx, company, batch));
    }
    rows.push({
      name: `scrub of emails, ${name}: rows answered`,
      value: median(answered),
      unit: '/s',
      yardstick: `find of ${EMAILS_PER_FIND} each`,
      beside: median(raw),
      aim: '≥ 0.6',
    });
  }
  await worker.stop();
  return rows;
};

/** Stores a file of contacts, and waits until the worker has previewed it. */
export async function uploadScrub(
  ctx: Context,
  { id }: BenchCompany,
  rows: number,
  email: (i: number) => string,
): Promise<Batch> {
  const line = (i: number) => `${email(i)},Contact number ${i}`;
  const upload_expires_at = new Date(Date.now() + HOUR_MS);
  const scrub = { kind: 'scrubs', dry_run: true, scrub: newScrub({}), upload_expires_at } as const;
  return ended(ctx, await uploadCsv(ctx, id, HEADER, rows, line, scrub), 'previewed');
}

/** Has the rows answered, and gives how many a second. */
export async function answer(
  ctx: Context,
  { id: companyId }: BenchCompany,
  { _id: batchId }: Batch,
): Promise<number> {
  const batch = await commitBatch({ ctx, companyId, batchId, kind: 'scrubs', caller: CALLER });
  const { completed_at, requested_at, rows_read } = await ended(ctx, batch);
  if (!completed_at) throw new Error('it has no end');
  return (rows_read * 1_000) / (completed_at.getTime() - requested_at.getTime());
}

/** What anybody would write, as it asks and does not answer: rows per second. */
async function rawLoop(
  ctx: Context,
  { id: company_id }: BenchCompany,
  { upload, rows_read }: Batch,
): Promise<number> {
  if (!upload) throw new Error('there is no file');
  const collection = collections(ctx).certificates;
  const projection = { opt_out: 1, created_at: 1, consented_at: 1, email_hash: 1, consents: 1 };
  const find = (hashes: string[]) =>
    collection.find({ company_id, email_hash: { $in: hashes } }, { projection }).toArray();
  const startedAt = performance.now();
  let hashes: string[] = [];
  let rows = 0;
  const input = ctx.store.uploads.read(upload.file_id, upload.bytes, upload.data.offset);
  for await (const line of createInterface({ input })) {
    const email = normalizeEmail(line.split(upload.delimiter)[0] ?? '');
    hashes.push(...identifierLookups({ ctx, identifiers: { email, mobile: null } }).email_hashes);
    if (++rows % EMAILS_PER_FIND > 0) continue;
    await find(hashes);
    hashes = [];
  }
  await find(hashes);
  if (rows !== rows_read) throw new Error(`the file has ${rows_read} rows, not ${rows}`);
  return (rows * 1_000) / (performance.now() - startedAt);
}
