import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInspector } from '../../../src/core/batches/csv/inspect';
import { SCRUB_COLUMNS } from '../../../src/core/batches/scrub/scrub-columns';
import { newBatch } from '../../../src/core/batches/new-batch';
import { runCsvBatch } from '../../../src/core/batches/run-csv-batch';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import type { Batch } from '../../../src/store/batches';
import { collections } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';

/** A database of its own with a company, and no worker: the tests run batches themselves. */
export interface CsvScene {
  ctx: Context;
  company: TestCompany;
  close: () => Promise<void>;
}

export async function openCsvScene(): Promise<CsvScene> {
  const { ctx, close } = await openContext(testConfig(), 'worker');
  await ensureIndexes(ctx);
  return { ctx, company: await makeCompany(ctx), close };
}

/** The same database, for another test with a company of its own. */
export async function withNewCompany(scene: CsvScene): Promise<CsvScene> {
  return { ...scene, company: await makeCompany(scene.ctx) };
}

/** Registers this many certificates, each of a different person. */
export function makePeople({ ctx, company }: CsvScene, count: number) {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const email = `${randomBytes(8).toString('hex')}@example.com`;
      return { ...(await makeCertificate(ctx, company, { email })), email };
    }),
  );
}

/** Stores a file as an upload does, and returns its batch, ready to be run. */
export async function storeBatch(
  { ctx, company }: CsvScene,
  file: string | Buffer,
  more: Partial<Batch> = {},
): Promise<Batch> {
  const bytes = Buffer.from(file);
  const id = `bat_${randomBytes(8).toString('hex')}`;
  const inspector = createInspector(more.kind && SCRUB_COLUMNS);
  inspector.push(bytes);
  const upload = { file_id: id, ...inspector.finish() };
  const stream = ctx.store.uploads.write(id);
  stream.end(bytes);
  await once(stream, 'finish');
  const batch = newBatch({
    _id: id,
    company_id: company.id,
    method: 'csv',
    caller: CALLER,
    reason: 'campaign over',
    state: 'queued',
    upload,
    position: upload.data,
    created_at: ctx.now(),
    ...more,
  });
  await ctx.store.batches.insert(batch);
  return batch;
}

/** Runs a batch as its job does, a few rows at a time. */
export function run(ctx: Context, { _id }: Batch, signal = new AbortController().signal) {
  return runCsvBatch({ ctx, batchId: _id, signal, rowsAtATime: 3 });
}

export async function batchNow({ ctx }: CsvScene, { _id }: Batch): Promise<Batch> {
  const batch = await ctx.store.batches.find(_id);
  if (!batch) throw new Error('the batch has gone');
  return batch;
}

/** How many rows had each outcome, without the zeroes. */
export function counts(batch: Batch): Partial<Record<string, number>> {
  const { rows_read, revoked, already_revoked, not_found, invalid, duplicate } = batch;
  const all = { revoked, already_revoked, not_found, invalid, duplicate };
  expect(Object.values(all).reduce((a, b) => a + b, 0)).toBe(rows_read);
  return Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0));
}

/** Every line that errors.csv will have, as `line column value reason`. */
export async function errorsOf({ ctx }: CsvScene, batch: Batch): Promise<string[]> {
  const lines: string[] = [];
  for await (const page of ctx.store.batchRows.errorPages(batch._id, batch.run)) {
    for (const { line, column, value, reason } of page.lines) {
      lines.push([line, column, value, reason].join(' '));
    }
  }
  return lines;
}

/** Expects that exactly these are revoked, and each is named in exactly one audit entry. */
export async function expectAuditedOnce({ ctx, company }: CsvScene, ids: string[]): Promise<void> {
  const mine = { company_id: company.id };
  const { audit, certificates } = collections(ctx);
  const revoked = await certificates.find({ ...mine, 'opt_out.revoke': true }).toArray();
  expect(revoked.map(({ _id }) => _id).sort()).toEqual([...ids].sort());
  const entries = await audit.find({ ...mine, action: 'certificate.revoked' }).toArray();
  expect(entries.flatMap((entry) => entry.certificates).sort()).toEqual([...ids].sort());
}

/** A context that does something when a step is reached for the `nth` time. */
export function at(ctx: Context, step: string, nth: number, what: () => Promise<void>): Context {
  let times = 0;
  return {
    ...ctx,
    reach: async (reached) => {
      if (reached === step && ++times === nth) await what();
    },
  };
}

export const crash = (): Promise<void> => Promise.reject(new Error('crash'));

/** Ten rows: seven people, a stranger, one of the seven again, and an invalid email. */
export async function tenRows(
  scene: CsvScene,
): Promise<{ batch: Batch; ids: string[]; expected: object }> {
  const people = await makePeople(scene, 7);
  const emails = people.map(({ email }) => email);
  const rows = [...emails.slice(0, 4), 'who@example.com', emails[0], 'bad', ...emails.slice(4)];
  const batch = await storeBatch(scene, `email\n${rows.join('\n')}`);
  const expected = { revoked: 7, not_found: 1, duplicate: 1, invalid: 1 };
  return { batch, ids: people.map(({ id }) => id), expected };
}

/** Cancels a batch that has not finished, as its company does. */
export async function cancel({ ctx }: CsvScene, { _id }: Batch): Promise<void> {
  await ctx.store.batches.move(_id, ['revoking', 'parsing', 'queued'], { state: 'cancelled' });
}
