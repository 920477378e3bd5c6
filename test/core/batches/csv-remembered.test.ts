import { createHash } from 'node:crypto';
import type { Context } from '../../../src/context';
import { commitBatch } from '../../../src/core/batches/commit-batch';
import { runCsvBatch } from '../../../src/core/batches/run-csv-batch';
import { DAY_MS } from '../../../src/lib/durations';
import type { Batch } from '../../../src/store/batches';
import { collections } from '../../helpers/collections';
import { CALLER, CONSENT, makeCertificate } from '../../helpers/company';
import { openContext } from '../../helpers/context';
import {
  at,
  batchNow,
  cancel,
  counts,
  crash,
  type CsvScene,
  errorsOf,
  openCsvScene,
  run,
  storeBatch,
  withNewCompany,
} from './scene';

let scene: CsvScene;
/** Another process with the same database. */
let beside: Awaited<ReturnType<typeof openContext>>;

beforeAll(async () => {
  scene = await openCsvScene();
  beside = await openContext(scene.ctx.config, 'web');
});
beforeEach(async () => {
  scene = await withNewCompany(scene);
});
afterAll(async () => {
  await beside.close();
  await scene.close();
});

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const yesterday = () => new Date(scene.ctx.now().getTime() - DAY_MS);
const emails = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => `p${String(from + i)}@example.com`);

function register(who: { email?: string; mobile?: string }, givenAt?: Date, ctx = scene.ctx) {
  const consents = [{ type: 'tcpa', text: CONSENT, given_at: givenAt }];
  return makeCertificate(ctx, scene.company, { ...who, consents });
}

async function optOutOf({ id }: { id: string }) {
  const { company, ctx } = scene;
  return (await ctx.store.certificates.find(company.id, id))?.opt_out;
}

const suppressions = () =>
  collections(scene.ctx).suppressions.find({ company_id: scene.company.id }).toArray();

/** What is remembered, with what a batch has said of that. */
async function remembered(batch: Batch) {
  const [stored, now] = [await suppressions(), await batchNow(scene, batch)];
  return { stored: stored.length, rows: now.remembered };
}

test('rows that match nothing are remembered: older consent that comes later is revoked', async () => {
  const { ctx, company } = scene;
  const file = ['email,phone', 'jo@example.com,', 'ann@example.com,(415) 555-0100', 'bad,'];
  const batch = await storeBatch(scene, file.join('\n'));
  await run(ctx, batch);
  expect(counts(await batchNow(scene, batch))).toEqual({ not_found: 2, invalid: 1 });
  expect(await remembered(batch)).toEqual({ stored: 3, rows: 2 });
  for (const one of await suppressions()) {
    const { requested_at: when } = batch;
    expect(one).toMatchObject({ method: 'csv', revocation_id: batch._id, at: when });
    expect(one.channels).toEqual({ call: when, text: when, email: when });
  }
  for (const who of [{ email: 'JO@example.com' }, { mobile: '+14155550100' }]) {
    const older = await optOutOf(await register(who, batch.requested_at));
    expect(older).toMatchObject({ revoke: true, method: 'standing' });
    expect(await optOutOf(await register(who))).toMatchObject({ revoke: false });
  }
  const { items } = await ctx.store.audit.list(
    company.id,
    { action: 'opt_out.remembered' },
    { limit: 9 },
  );
  expect(items).toMatchObject([{ method: 'csv', reason: `${batch._id}: 2 of 3 rows remembered` }]);
});

test('rows that say they are active, or name only an id, are not remembered', async () => {
  const file = ['email,certificate_id,status', 'jo@example.com,,subscribed', ',EC-1,', 'x,EC-2,'];
  const batch = await storeBatch(scene, file.join('\n'));
  await run(scene.ctx, batch);
  expect(await remembered(batch)).toEqual({ stored: 0, rows: 0 });
  const { audit } = collections(scene.ctx);
  expect(await audit.findOne({ _id: { $regex: `^${batch._id}` } })).toBeNull();
});

test('hashed columns find, and remember, what plain ones would', async () => {
  const jo = await register({ email: 'jo@example.com' });
  const ann = await register({ mobile: '+14155550100' });
  const rows = [
    `${sha256('jo@example.com').toUpperCase()},`,
    `,${Buffer.from(sha256('+14155550100'), 'hex').toString('base64')}`,
    `${sha256('who@example.com')},`,
    '4155550100,4155550100',
  ];
  const batch = await storeBatch(scene, ['Email SHA256,sha256_phone', ...rows].join('\n'));
  await run(scene.ctx, batch);
  expect(counts(await batchNow(scene, batch))).toEqual({ revoked: 2, not_found: 1, invalid: 1 });
  expect(await errorsOf(scene, batch)).toEqual([
    `4 Email SHA256 ${sha256('who@example.com')} not_found`,
    '5 Email SHA256 4155550100 invalid_email_sha256',
    '5 sha256_phone 4155550100 invalid_mobile_sha256',
  ]);
  for (const one of [jo, ann]) expect((await optOutOf(one))?.revoke).toBe(true);
  const born = await optOutOf(await register({ email: 'who@example.com' }, yesterday()));
  expect(born).toMatchObject({ revoke: true, method: 'standing' });
  // Plain rows name the same people.
  const plain = await storeBatch(scene, 'email,phone\nwho@example.com,\n,+14155550100');
  await run(scene.ctx, plain);
  expect(await remembered(plain)).toEqual({ stored: 3, rows: 2 });
});

test('consent that is registered after the request counts by when it was given', async () => {
  const batch = await storeBatch(scene, 'email\njo@example.com\nann@example.com');
  const older = await register({ email: 'jo@example.com' }, batch.requested_at);
  const newer = await register({ email: 'ann@example.com' }, new Date(Date.now() + 1_000));
  const { created_at } = (await collections(scene.ctx).certificates.findOne({ _id: newer.id }))!;
  expect(created_at > batch.requested_at).toBe(true);
  await run(scene.ctx, batch);
  expect(await optOutOf(older)).toMatchObject({ revoke: true, method: 'csv' });
  expect(await optOutOf(newer)).toMatchObject({ revoke: false });
  expect(counts(await batchNow(scene, batch))).toEqual({ revoked: 1, not_found: 1 });
});

test('a dry run remembers nothing; its commit does, as of then', async () => {
  const { ctx, company } = scene;
  const batch = await storeBatch(scene, 'email\njo@example.com', {
    dry_run: true,
    upload_expires_at: new Date(Date.now() + DAY_MS),
  });
  await run(ctx, batch);
  expect(await remembered(batch)).toEqual({ stored: 0, rows: 0 });
  await commitBatch({ ctx, companyId: company.id, batchId: batch._id, caller: CALLER });
  await run(ctx, batch);
  expect(await remembered(batch)).toEqual({ stored: 1, rows: 1 });
  const [one] = await suppressions();
  const { requested_at } = await batchNow(scene, batch);
  expect(one?.at).toEqual(requested_at);
  expect(requested_at > batch.requested_at).toBe(true);
});

test('a list that is uploaded again makes what is remembered newer, and no older', async () => {
  const list = `email\n${emails(0, 8).join('\n')}`;
  const [first, second] = [await storeBatch(scene, list), await storeBatch(scene, list)];
  await run(scene.ctx, second);
  const newest = await suppressions();
  await run(scene.ctx, first);
  expect(await suppressions()).toEqual(newest);
  const third = await storeBatch(scene, `${list}\n${emails(8, 2).join('\n')}`);
  await run(scene.ctx, third);
  expect(await remembered(third)).toEqual({ stored: 10, rows: 10 });
  for (const { at: when, revocation_id, channels } of await suppressions()) {
    expect({ when, revocation_id }).toEqual({ when: third.requested_at, revocation_id: third._id });
    expect(channels.call).toEqual(third.requested_at);
  }
});

test.each([
  ['batch.remembered', 1],
  ['batch.remembered', 3],
  ['batch.checkpointed', 2],
  ['batch.flagged', 1],
  ['batch.closing', 1],
])('a worker that dies at %s, time number %i, is made good for', async (step, nth) => {
  const { ctx } = scene;
  const known = await register({ email: 'p1@example.com' });
  const batch = await storeBatch(scene, `email\n${emails(0, 8).join('\n')}\nbad\np0@example.com`);
  await expect(run(at(ctx, step, nth, crash), batch)).rejects.toThrow('crash');
  const between = await register({ email: 'p2@example.com' }, yesterday());
  expect(await run(ctx, batch)).toBe('completed');
  expect(await remembered(batch)).toEqual({ stored: 8, rows: 9 });
  for (const one of [known, between]) expect((await optOutOf(one))?.revoke).toBe(true);
  const { audit } = collections(ctx);
  const mine = { company_id: scene.company.id, action: 'opt_out.remembered' as const };
  expect(await audit.countDocuments(mine)).toBe(1);
});

describe('a batch that is cancelled', () => {
  const list = () => storeBatch(scene, `email\n${emails(0, 8).join('\n')}\nbad\np0@example.com`);

  test('counts what it has remembered of rows that it read ahead', async () => {
    const batch = await list();
    const cancelling = at(scene.ctx, 'batch.flagged', 1, () => cancel(scene, batch));
    expect(await run(cancelling, batch)).toBe('cancelled');
    expect(await batchNow(scene, batch)).toMatchObject({ rows_read: 3 });
    expect(await remembered(batch)).toEqual({ stored: 8, rows: 9 });
    const entry = await collections(scene.ctx).audit.findOne({
      company_id: scene.company.id,
      action: 'opt_out.remembered',
    });
    expect(entry).toMatchObject({ reason: `${batch._id}: 9 rows remembered` });
  });

  test('while its worker is dead counts what that has remembered', async () => {
    const { ctx } = scene;
    const batch = await list();
    await expect(run(at(ctx, 'batch.flagged', 1, crash), batch)).rejects.toThrow('crash');
    await cancel(scene, batch);
    // Its file is read no further than it takes, and a repetition counts the same.
    const closing = run(at(ctx, 'batch.closing', 1, crash), batch);
    await expect(closing).rejects.toThrow('crash');
    expect(await run(ctx, batch)).toBe('cancelled');
    expect(await remembered(batch)).toEqual({ stored: 8, rows: 9 });
  });

  test('before it starts remembers nothing', async () => {
    const batch = await list();
    await cancel(scene, batch);
    expect(await run(scene.ctx, batch)).toBe('cancelled');
    expect(await remembered(batch)).toEqual({ stored: 0, rows: 0 });
  });
});

test('nothing is looked up before it is remembered', async () => {
  const { ctx, company } = scene;
  const failing: Context = {
    ...ctx,
    store: {
      ...ctx.store,
      suppressions: {
        ...ctx.store.suppressions,
        rememberAlike: () => Promise.reject(new Error('not written')),
      },
    },
  };
  const { id } = await register({ email: 'jo@example.com' });
  const batch = await storeBatch(scene, 'email\njo@example.com');
  await expect(run(failing, batch)).rejects.toThrow('not written');
  expect((await ctx.store.certificates.find(company.id, id))?.opt_out.revoke).toBe(false);
  expect(await batchNow(scene, batch)).toMatchObject({ rows_read: 0, open: true });
  expect(await run(ctx, batch)).toBe('completed');
  expect((await optOutOf({ id }))?.revoke).toBe(true);
});

/** Runs a file of these people as its job does, while they register in another process. */
async function runBesideRegistrations(people: string[]): Promise<Batch> {
  const batch = await storeBatch(scene, `email\n${people.join('\n')}`);
  const { signal } = new AbortController();
  const running = runCsvBatch({ ctx: scene.ctx, batchId: batch._id, signal });
  const registered = people.map((email, i) => {
    // Every fourth consents after the request.
    return register({ email }, i % 4 === 3 ? undefined : yesterday(), beside.ctx);
  });
  await Promise.all([running, ...registered]);
  return batch;
}

async function liveOnes(): Promise<(string | null)[]> {
  const live = { company_id: scene.company.id, 'opt_out.revoke': false };
  const found = await collections(scene.ctx).certificates.find(live).toArray();
  return found.map(({ email }) => email).sort();
}

test('people who register older consent while they are remembered are revoked, newer is live', async () => {
  const newer: string[] = [];
  for (let round = 0; round < 5; round++) {
    const people = emails(20 * round, 20);
    const batch = await runBesideRegistrations(people);
    newer.push(...people.filter((_, i) => i % 4 === 3));
    expect((await batchNow(scene, batch)).remembered).toBe(20);
  }
  expect(await liveOnes()).toEqual(newer.sort());
  expect(await suppressions()).toHaveLength(100);
});
