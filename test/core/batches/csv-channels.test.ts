import { createHash } from 'node:crypto';
import type { Context } from '../../../src/context';
import { batchView } from '../../../src/core/batches/batch-view';
import { readBatch } from '../../../src/core/batches/csv/read-batch';
import { judgeRow, type JudgedRow } from '../../../src/core/batches/rows/judge-row';
import { revokeOversizedRow } from '../../../src/core/batches/rows/revoke-oversized-row';
import { DAY_MS } from '../../../src/lib/durations';
import type { Batch } from '../../../src/store/batches';
import { CHANNELS } from '../../../src/store/certificates';
import { collections } from '../../helpers/collections';
import { CONSENT, makeCertificate } from '../../helpers/company';
import { csv, outcomesOf, peopleOf } from './channels-scene';
import {
  at,
  batchNow,
  counts,
  type CsvScene,
  errorsOf,
  openCsvScene,
  run,
  storeBatch,
  withNewCompany,
} from './scene';

let scene: CsvScene;

beforeAll(async () => {
  scene = await openCsvScene();
});
beforeEach(async () => {
  scene = await withNewCompany(scene);
});
afterAll(() => scene.close());

const { make, flags, optedOut, optOut } = peopleOf(() => scene);
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Runs a file to its end. */
async function runFile(file: string, more: Partial<Batch> = {}): Promise<Batch> {
  const batch = await storeBatch(scene, file, more);
  await run(scene.ctx, batch);
  return batchNow(scene, batch);
}

/** What the audit says was revoked, as `action certificate`. */
async function audited(): Promise<string[]> {
  const found = await collections(scene.ctx).audit.find({ company_id: scene.company.id }).toArray();
  return found
    .filter(({ action }) => action.endsWith('revoked'))
    .flatMap(({ action, certificates }) => certificates.map((id) => `${action} ${id}`))
    .sort();
}

test('each row opts out of what it says; the field says it for the others; a bad cell means all', async () => {
  const ids = await make('a', 'b', 'c', 'd', 'e');
  const file = csv(
    'Email;Canales',
    'a@example.com;"Email, SMS"',
    'b@example.com;',
    'c@example.com;call and fax',
    'd@example.com;TODOS',
    'e@example.com;call|text|correo electrónico',
    'who@example.com;fax',
    'bad;fax',
  );
  const batch = await runFile(file, { channels: ['call'] });
  expect(counts(batch)).toEqual({ revoked: 5, not_found: 1, invalid: 1 });
  expect(await errorsOf(scene, batch)).toEqual([
    '4 Canales call and fax invalid_channels',
    '7 Canales fax invalid_channels',
    '7 Email who@example.com not_found',
    '8 Email bad invalid_email',
    '8 Canales fax invalid_channels',
  ]);
  expect(await optedOut(ids.a)).toEqual(['text', 'email']);
  expect(await optedOut(ids.b)).toEqual(['call']);
  for (const name of ['c', 'd', 'e'])
    expect(await flags(ids[name])).toMatchObject({ revoke: true, method: 'csv' });
  expect((await flags(ids.d)).channels).toBeUndefined();
  expect(await audited()).toEqual(
    [
      ...['a', 'b'].map((name) => `certificate.channels_revoked ${ids[name]!}`),
      ...['c', 'd', 'e'].map((name) => `certificate.revoked ${ids[name]!}`),
    ].sort(),
  );
  const view = batchView(batch, scene.ctx.now());
  expect(view).toMatchObject({ channels: ['call'], partial_rows: 2, certificates_revoked: 5 });
  expect(view.columns_used).toEqual([
    { name: 'Email', kind: 'email' },
    { name: 'Canales', kind: 'channels' },
  ]);
  expect(view.warnings).toEqual([
    {
      code: 'unread_channels',
      message:
        'In the column "Canales" 2 cells cannot be read, and their rows opt out of everything. Write call, text or email, or several of them.',
    },
  ]);
});

test('without channels everything is as ever', async () => {
  const ids = await make('a');
  const batch = await runFile(csv('email,preferred channel', 'a@example.com,email'));
  expect(await flags(ids.a)).toMatchObject({ revoke: true });
  const view = batchView(batch, scene.ctx.now());
  expect(view).toMatchObject({ channels: CHANNELS, partial_rows: 0, warnings: [] });
  expect(view.columns_ignored).toEqual(['preferred channel']);
  expect(batch).not.toHaveProperty('channels');
});

test.each([
  ['in one step', []],
  ['in several', ['x1@example.com,', 'x2@example.com,', 'x3@example.com,']],
])('rows of the same person add up, %s, and the last channel revokes', async (_, between) => {
  const ids = await make('a', 'b');
  const file = csv(
    'email,channels',
    'a@example.com,call',
    ...between,
    'a@example.com,"call,text"',
    ...between,
    'a@example.com,call|text',
    ...between,
    'a@example.com,email',
    'b@example.com,text',
    ...between,
    'b@example.com,',
    ...between,
    'b@example.com,email',
  );
  const dry = await runFile(file, { dry_run: true });
  const batch = await runFile(file);
  const strangers = between.length * 5;
  expect(counts(batch)).toEqual({
    revoked: 5,
    duplicate: 2,
    ...(strangers > 0 && { not_found: strangers }),
  });
  expect(counts(dry)).toEqual(counts(batch));
  expect(dry.certificates_revoked).toBe(5);
  expect(batch).toMatchObject({ certificates_revoked: 5, certificates_recorded: 5 });
  const { revocation_id: last, ...a } = await flags(ids.a);
  expect(a).toMatchObject({ revoke: true, channels: CHANNELS });
  expect(a.requests?.map(({ channels }) => channels)).toEqual([['call'], ['text']]);
  expect(last).toMatch(batch._id);
  expect(await flags(ids.b)).toMatchObject({ revoke: true, channels: ['text'] });
  expect(await audited()).toEqual(
    [
      ...Array.from({ length: 2 }, () => `certificate.channels_revoked ${ids.a!}`),
      `certificate.revoked ${ids.a!}`,
      `certificate.channels_revoked ${ids.b!}`,
      `certificate.revoked ${ids.b!}`,
    ].sort(),
  );
});

test('the same file again finds all of it revoked, and a wider one what is left', async () => {
  const ids = await make('a', 'b');
  const file = csv('email,channels', 'a@example.com,call', 'b@example.com,');
  expect(counts(await runFile(file, { channels: ['text'] }))).toEqual({ revoked: 2 });
  const again = await runFile(file, { channels: ['text'] });
  expect(counts(again)).toEqual({ already_revoked: 2 });
  expect(again.certificates_revoked).toBe(0);
  const wider = csv('email', 'a@example.com', 'b@example.com', 'b@example.com');
  const left = await runFile(wider, { channels: ['call', 'text'] });
  expect(counts(left)).toEqual({ revoked: 2, duplicate: 1 });
  expect(await optedOut(ids.b)).toEqual(['call', 'text']);
  expect(counts(await runFile(wider))).toEqual({ revoked: 2, duplicate: 1 });
  expect((await flags(ids.a)).revoke).toBe(true);
});

test.each([[[]], [['x1@example.com,', 'x2@example.com,', 'x3@example.com,']]])(
  'what others opted out of is not the file’s, though its rows complete it',
  async (between) => {
    const ids = await make('a', 'b');
    await optOut('a', ['call']);
    await optOut('b', ['call', 'text']);
    const file = csv(
      'email,channels',
      'a@example.com,"text,email"',
      'b@example.com,text email',
      ...between,
      'a@example.com,call',
      'a@example.com,text',
      ...between,
      'a@example.com,',
      'b@example.com,text',
      'b@example.com,',
    );
    const dry = await runFile(file, { dry_run: true });
    const batch = await runFile(file);
    const expected = { revoked: 2, already_revoked: 2, duplicate: 3 };
    const strangers = between.length > 0 && { not_found: 2 * between.length };
    expect(counts(batch)).toEqual({ ...expected, ...strangers });
    expect(await outcomesOf(scene, dry)).toEqual(await outcomesOf(scene, batch));
    expect(batch.certificates_revoked).toBe(2);
    for (const id of Object.values(ids)) expect((await flags(id)).revoke).toBe(true);
  },
);

test('hashed columns take channels; what is remembered holds for just these', async () => {
  const { ctx, company } = scene;
  const { a } = await make('a');
  const file = csv(
    'email_sha256,channels',
    `${sha256('a@example.com')},text`,
    `${sha256('who@example.com')},call`,
    `${sha256('who@example.com')},email;call`,
    `${sha256('she@example.com')},fax`,
  );
  const batch = await runFile(file);
  expect(counts(batch)).toEqual({ revoked: 1, not_found: 3 });
  expect(batch.remembered).toBe(4);
  expect(await optedOut(a)).toEqual(['text']);
  const born = async (email: string, given_at?: Date) => {
    const consents = [{ type: 'tcpa', text: CONSENT, given_at }];
    const { id } = await makeCertificate(ctx, company, { email, consents });
    return optedOut(id);
  };
  const yesterday = new Date(ctx.now().getTime() - DAY_MS);
  expect(await born('a@example.com', yesterday)).toEqual(['text']);
  expect(await born('who@example.com', yesterday)).toEqual(['call', 'email']);
  expect(await born('she@example.com', yesterday)).toEqual([...CHANNELS]);
  expect(await born('who@example.com')).toEqual([]);
});

test('an opt-out that comes between record and flags has what it was faster with', async () => {
  const { ctx } = scene;
  const ids = await make('a', 'b', 'c');
  const file = csv(
    'email,channels',
    'a@example.com,call',
    'b@example.com,call text',
    'c@example.com,',
    'a@example.com,call',
    'b@example.com,text',
    'a@example.com,text',
  );
  const batch = await storeBatch(scene, file);
  const beaten: Context = at(ctx, 'batch.checkpointed', 1, async () => {
    await optOut('a', ['call', 'email']);
    await optOut('b', ['call']);
    await optOut('c');
  });
  await run(beaten, batch);
  const ended = await batchNow(scene, batch);
  expect(counts(ended)).toEqual({ revoked: 2, already_revoked: 2, duplicate: 2 });
  expect(ended.certificates_revoked).toBe(2);
  expect(await flags(ids.a)).toMatchObject({ revoke: true, channels: CHANNELS });
  expect(await optedOut(ids.b)).toEqual(['call', 'text']);
});

test('rows that name too many certificates for a look-up add up, too', async () => {
  const { ctx, company } = scene;
  const ids = await make('a', 'b');
  const rows = ['call', 'text', 'call text', '', 'email'].map((cell) => `a@example.com,${cell}`);
  const batch = await storeBatch(scene, csv('email,channels', ...rows));
  const read = readBatch({ ctx, batch, judge: (row) => judgeRow({ ctx, row, batch }) });
  const judged: JudgedRow[] = (await read.next()).value ?? [];
  await read.return(undefined);
  const found: unknown[] = [];
  for (const [rows_read, row] of judged.entries()) {
    const looked = { asked: [row], rows: [row], certificates: [], named: [], election: 0 };
    const one = () =>
      revokeOversizedRow({
        ctx,
        batch: { ...batch, rows_read },
        looked: { ...looked, isOversized: true },
      });
    const { matched, oversized } = await one();
    // A worker that died has done it before.
    expect(await one()).toMatchObject({ matched, oversized });
    const scope = { batchId: batch._id, run: 0, row: rows_read + 1 };
    await ctx.store.transaction((session) =>
      ctx.store.batchRows.claim(scope, oversized?.claims ?? [], session),
    );
    found.push([matched[0]?.outcome, oversized?.revoked, await optedOut(ids.a)]);
  }
  expect(found).toEqual([
    ['revoked', 1, ['call']],
    ['revoked', 1, ['call', 'text']],
    ['duplicate', 0, ['call', 'text']],
    ['revoked', 1, CHANNELS],
    ['duplicate', 0, CHANNELS],
  ]);
  expect(await optedOut(ids.b)).toEqual([]);
  const live = { company_id: company.id, 'opt_out.revoke': false };
  expect(await collections(ctx).certificates.countDocuments(live)).toBe(1);
});
