import { once } from 'node:events';
import { createInspector } from '../../src/core/batches/csv/inspect';
import { newBatch } from '../../src/core/batches/new-batch';
import { SCRUB_COLUMNS } from '../../src/core/batches/scrub/scrub-columns';
import { newOptOut } from '../../src/core/revocations/new-opt-out';
import type { Context } from '../../src/context';
import type { Batch } from '../../src/store/batches';
import { collections } from '../services/collections';
import type { BenchCompany } from './data';

const INSERTED_AT_A_TIME = 5_000;
const WRITTEN_AT_A_TIME = 10_000;

export const NOT_REVOKED = newOptOut(null);

/** The email of person number `i`. */
export function emailOf(i: number): string {
  return `person-${i}@example.com`;
}

/** The email of somebody of whom nobody knows anything. */
export function strangerOf(i: number): string {
  return `nobody-${i}@example.com`;
}

/** Adds certificates to a company, each of a person of its own; gives their ids. */
export async function makePeople(
  ctx: Context,
  company: BenchCompany,
  count: number,
): Promise<string[]> {
  const collection = collections(ctx).certificates;
  const original = await collection.findOne({ _id: company.certificateIds[0] });
  if (!original) throw new Error('the company has no certificate to copy');
  const ids: string[] = [];
  while (ids.length < count) {
    const copies = Array.from({ length: Math.min(INSERTED_AT_A_TIME, count - ids.length) }, () => {
      const i = ids.length;
      // As spread as real ids, which end in a hash.
      const hash = ctx.identifiers.current('bench', `${company.id} ${i}`).slice(0, 22);
      const _id = `EC-session-${hash}`;
      ids.push(_id);
      const email_hash = ctx.identifiers.ofPerson('email', emailOf(i));
      return { ...original, _id, session_id: `person-${i}`, email: emailOf(i), email_hash };
    });
    await collection.insertMany(copies, { ordered: false });
  }
  return ids;
}

/** Makes every certificate of the bench unrevoked again, and remembers nothing, which only a bench may do. */
export async function unrevokeAll(ctx: Context): Promise<void> {
  const { certificates, suppressions } = collections(ctx);
  await certificates.updateMany({ 'opt_out.revoke': true }, { $set: { opt_out: NOT_REVOKED } });
  await suppressions.deleteMany({});
}

/** Stores a file of `rows` lines after a header and hands its batch, a revocation or `more`, to the worker. */
export async function uploadCsv(
  ctx: Context,
  companyId: string,
  header: string,
  rows: number,
  line: (i: number) => string,
  more: Partial<Batch> = {},
): Promise<Batch> {
  const caller = { actor: { type: 'system' as const, id: 'bench' }, ip: null };
  const batch = newBatch({
    company_id: companyId,
    method: 'csv',
    caller,
    state: 'queued',
    created_at: ctx.now(),
    ...more,
  });
  const inspector = createInspector(more.kind && SCRUB_COLUMNS);
  const stream = ctx.store.uploads.write(batch._id);
  const write = async (text: string): Promise<void> => {
    const bytes = Buffer.from(text);
    inspector.push(bytes);
    if (!stream.write(bytes)) await once(stream, 'drain');
  };
  await write(`${header}\n`);
  for (let from = 0; from < rows; from += WRITTEN_AT_A_TIME) {
    const count = Math.min(WRITTEN_AT_A_TIME, rows - from);
    const lines = Array.from({ length: count }, (_, i) => `${line(from + i)}\n`);
    await write(lines.join(''));
  }
  stream.end();
  await once(stream, 'finish');
  const upload = { file_id: batch._id, ...inspector.finish() };
  const stored = { ...batch, upload, position: upload.data, requested_at: new Date() };
  await ctx.store.batches.insert(stored);
  ctx.outbox.recorded('batches', batch._id);
  return stored;
}
