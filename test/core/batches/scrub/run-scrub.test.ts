import { createHash } from 'node:crypto';
import { cancelBatch } from '../../../../src/core/batches/cancel-batch';
import { getBatch } from '../../../../src/core/batches/get-batch';
import { retryBatch } from '../../../../src/core/batches/retry-batch';
import { scrubView } from '../../../../src/core/batches/scrub/scrub-view';
import { revokeByIdentifiers } from '../../../../src/core/revocations/revoke-by-identifiers';
import { topUp } from '../../../../src/core/wallet/top-up';
import type { Batch } from '../../../../src/store/batches';
import { CALLER, makeCertificate, makeCompany } from '../../../helpers/company';
import { at, crash, type CsvScene, openCsvScene, withNewCompany } from '../scene';
import { batchNow, commit, moneyOf, PRICE, resultOf, runSome, storeScrub } from './scene';

let scene: CsvScene;
const BALANCE = 10_000_000;

beforeAll(async () => {
  scene = await openCsvScene();
});
beforeEach(async () => {
  scene = await withNewCompany(scene);
});
afterAll(() => scene.close());

const sha256 = (text: string) => createHash('sha256').update(text).digest();
const ref = (batch: Batch) => ({
  ctx: scene.ctx,
  companyId: scene.company.id,
  batchId: batch._id,
  kind: 'scrubs' as const,
  caller: CALLER,
});
const view = async (batch: Batch) => scrubView(await batchNow(scene, batch), scene.ctx.now());

/** A file with every kind of row, and the result that it has to have. */
async function trickyFile() {
  const { ctx, company } = scene;
  const jo = await makeCertificate(ctx, company, {
    email: 'jo@example.com',
    mobile: '+14155550101',
  });
  const given = (await ctx.store.certificates.find(
    company.id,
    jo.id,
  ))!.consents[0]!.given_at.toISOString();
  await makeCertificate(ctx, company, { email: 'out@example.com' });
  await revokeByIdentifiers({
    ctx,
    companyId: company.id,
    method: 'api',
    caller: CALLER,
    identifiers: { email: 'out@example.com' },
  });
  const yes = `true,consented,${jo.id},${given}`;
  const no = 'false,no_consent,,';
  const out = 'false,opted_out,,';
  const invalid = 'false,invalid,,';
  const ofNothing = sha256('').toString('hex');
  const rows: [string, string][] = [
    ['JO@example.com,,"Jo, ""the"" one"', `JO@example.com,,"Jo, ""the"" one",,${yes}`],
    [',+1 (415) 555-0101,=1+1', `,+1 (415) 555-0101,'=1+1,,${yes}`],
    ['out@example.com,,-5', `out@example.com,,'-5,,${out}`],
    ['out@example.com,+14155550101,@x', `out@example.com,+14155550101,'@x,,${out}`],
    ['who@example.com', `who@example.com,,,,${no}`],
    ['not an email,12,x', `not an email,12,x,,${invalid}`],
    ['jo@example.com,12,"two\nlines",', `jo@example.com,12,"two\nlines",,${yes}`],
    [`,,nobody,${ofNothing}`, `,,nobody,${ofNothing},${invalid}`],
    ['"never closed', `"""never closed",,,,${invalid}`],
    [
      `,,h,${sha256('jo@example.com').toString('hex')}`,
      `,,h,${sha256('jo@example.com').toString('hex')},${yes}`,
    ],
    [`,,b,${sha256('who@example.com').toString('base64')},more,"+x"`, ''],
    ['jo@example.com', `jo@example.com,,,,${yes}`],
  ];
  rows[10]![1] = `,,b,${sha256('who@example.com').toString('base64')},${no},more,'+x`;
  const header = 'E-mail,Phone,=Note,email_sha256';
  const file = [header, ...rows.map(([row]) => row), ',,', ''].join('\n');
  const first = "E-mail,Phone,'=Note,email_sha256,allowed,reason,certificate_id,consent_opt_in";
  const result = [first, ...rows.map(([, line]) => line), ''].join('\n');
  const counts = {
    rows_read: 12,
    rows_total: 12,
    consented: 5,
    opted_out: 2,
    no_consent: 2,
    other_consent: 0,
    invalid: 3,
    price_microusd: 9 * PRICE,
  };
  return { file, result, counts };
}

test('a file is previewed with its price, and answered row by row once it is committed', async () => {
  const { file, result, counts } = await trickyFile();
  const batch = await storeScrub(scene, file);
  expect(await runSome(scene.ctx, batch)).toBe('previewed');
  expect(await view(batch)).toMatchObject({
    state: 'previewed',
    rows_read: 12,
    invalid: 3,
    price_microusd: 9 * PRICE,
    reserved_microusd: 0,
  });
  expect(await moneyOf(scene)).toEqual({ balance_microusd: BALANCE, reserved_microusd: 0 });
  await expect(resultOf(scene, batch)).rejects.toMatchObject({ code: 'scrub_unanswered' });

  await commit(scene, batch);
  expect((await moneyOf(scene)).reserved_microusd).toBe(9 * PRICE);
  await expect(commit(scene, batch)).rejects.toMatchObject({ code: 'scrub_not_previewed' });
  expect(await runSome(scene.ctx, batch)).toBe('completed');
  expect(await resultOf(scene, batch)).toBe(result);
  expect(await view(batch)).toMatchObject({
    ...counts,
    state: 'completed',
    reserved_microusd: 0,
    charged_microusd: 9 * PRICE,
    seconds_left: 0,
  });
  expect(await moneyOf(scene)).toEqual({
    balance_microusd: BALANCE - 9 * PRICE,
    reserved_microusd: 0,
  });
});

test('a worker that dies ten times in one file answers each row once, for its price', async () => {
  const { file, result, counts } = await trickyFile();
  const batch = await storeScrub(scene, file);
  await commit(scene, batch);
  for (let death = 0; death < 10; death++) {
    const step = ['scrub.writing', 'scrub.checkpointed', 'wallet.moving'][death % 3]!;
    await expect(runSome(at(scene.ctx, step, 1, crash), batch)).rejects.toThrow('crash');
    // Whoever dies says nothing of it.
    await scene.ctx.store.batches.move(batch._id, ['answering', 'parsing'], { failures: 0 });
  }
  await runSome(at(scene.ctx, 'batch.closing', 1, crash), batch).catch(() => undefined);
  expect((await moneyOf(scene)).reserved_microusd).toBe(0);
  expect(await runSome(scene.ctx, batch)).toBe('completed');
  expect(await resultOf(scene, batch)).toBe(result);
  expect(await view(batch)).toMatchObject({ ...counts, charged_microusd: 9 * PRICE });
  expect((await moneyOf(scene)).balance_microusd).toBe(BALANCE - 9 * PRICE);
});

test('while its company pays in without a pause, it pays all the same', async () => {
  const { ctx, company } = scene;
  const emails = Array.from({ length: 30 }, (_, i) => `p${i}@example.com`);
  const batch = await storeScrub(scene, `email\n${emails.join('\n')}\n`);
  await commit(scene, batch);
  let over = false;
  let paidIn = 0;
  const payIn = async () => {
    for (; !over; paidIn++) {
      await topUp({ ctx, companyId: company.id, caller: CALLER, amountMicrousd: 1 });
    }
  };
  const outcome = runSome(ctx, batch).finally(() => (over = true));
  await Promise.all([outcome, payIn()]);
  expect(await outcome).toBe('completed');
  expect(paidIn).toBeGreaterThan(3);
  expect(await moneyOf(scene)).toEqual({
    balance_microusd: BALANCE + paidIn - 30 * PRICE,
    reserved_microusd: 0,
  });
});

test('without enough money it stays as it is, and can be committed after a top-up', async () => {
  const { ctx } = scene;
  scene = { ctx, close: scene.close, company: await makeCompany(ctx, { balanceMicrousd: PRICE }) };
  const batch = await storeScrub(scene, 'email\na@example.com\nb@example.com\n');
  await expect(commit(scene, batch)).rejects.toMatchObject({ code: 'insufficient_balance' });
  expect(await batchNow(scene, batch)).toMatchObject({ state: 'previewed', open: false });
  expect(await moneyOf(scene)).toEqual({ balance_microusd: PRICE, reserved_microusd: 0 });
  await topUp({ ctx, companyId: scene.company.id, caller: CALLER, amountMicrousd: PRICE });
  await commit(scene, batch);
  expect(await runSome(ctx, batch)).toBe('completed');
  expect(await moneyOf(scene)).toEqual({ balance_microusd: 0, reserved_microusd: 0 });
});

test('cancelling keeps the answers that are paid for, and releases the rest', async () => {
  const { ctx } = scene;
  const emails = Array.from({ length: 9 }, (_, i) => `p${i}@example.com`);
  const batch = await storeScrub(scene, `email\n${emails.join('\n')}\n`);
  await commit(scene, batch);
  const cancelled = async () => {
    await cancelBatch(ref(batch));
  };
  expect(await runSome(at(ctx, 'scrub.checkpointed', 2, cancelled), batch)).toBe('cancelled');
  const lines = emails.slice(0, 6).map((email) => `${email},false,no_consent,,\n`);
  const header = 'email,allowed,reason,certificate_id,consent_opt_in\n';
  expect(await resultOf(scene, batch)).toBe(header + lines.join(''));
  expect(await moneyOf(scene)).toEqual({
    balance_microusd: BALANCE - 6 * PRICE,
    reserved_microusd: 0,
  });
  await expect(commit(scene, batch)).rejects.toMatchObject({ code: 'scrub_not_previewed' });
});

test('one that fails releases its money, and reserves the rest again when it is resumed', async () => {
  const { ctx } = scene;
  const { file, result, counts } = await trickyFile();
  const batch = await storeScrub(scene, file);
  await commit(scene, batch);
  await expect(runSome(at(ctx, 'scrub.checkpointed', 2, crash), batch)).rejects.toThrow('crash');
  for (let death = 0; death < 3; death++) await ctx.store.batches.lease(batch._id, 0);
  expect(await runSome(ctx, batch)).toBe('failed');
  const { charged_microusd } = await view(batch);
  expect(await moneyOf(scene)).toEqual({
    balance_microusd: BALANCE - charged_microusd,
    reserved_microusd: 0,
  });
  await retryBatch(ref(batch));
  expect((await moneyOf(scene)).reserved_microusd).toBe(9 * PRICE - charged_microusd);
  expect(await runSome(ctx, batch)).toBe('completed');
  expect(await resultOf(scene, batch)).toBe(result);
  expect(await view(batch)).toMatchObject(counts);
  expect(await moneyOf(scene)).toEqual({
    balance_microusd: BALANCE - 9 * PRICE,
    reserved_microusd: 0,
  });
});

test('a file without rows costs nothing, and one of another kind is not found', async () => {
  const batch = await storeScrub(scene, 'email;name\n');
  await commit(scene, batch);
  expect(await runSome(scene.ctx, batch)).toBe('completed');
  expect(await resultOf(scene, batch)).toBe(
    'email;name;allowed;reason;certificate_id;consent_opt_in\n',
  );
  await expect(getBatch({ ...ref(batch), kind: 'revocations' })).rejects.toMatchObject({
    code: 'batch_not_found',
  });
});
