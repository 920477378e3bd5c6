import { finishRevocation } from '../../../src/core/revocations/finish-revocation';
import { revokeCertificate } from '../../../src/core/revocations/revoke-certificate';
import type { Batch } from '../../../src/store/batches';
import { collections, database } from '../../helpers/collections';
import { CALLER, makeCertificate } from '../../helpers/company';
import {
  batchNow,
  counts,
  type CsvScene,
  errorsOf,
  expectAuditedOnce,
  makePeople,
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

const csv = (...lines: string[]): string => `${lines.join('\n')}\n`;

/** The times of a certificate whose consent is younger than the request. */
function after({ requested_at }: Batch) {
  const at = new Date(requested_at.getTime() + 1);
  return { created_at: at, consented_at: at };
}

describe('every kind of row', () => {
  test('is counted once, and listed with its line, column, value and reason', async () => {
    const { ctx, company } = scene;
    const [a, b, c] = await makePeople(scene, 3);
    const phone = await makeCertificate(ctx, company, { mobile: '+14155550100' });
    const old = await makeCertificate(ctx, company, { email: 'old@example.com' });
    await revokeCertificate({
      ctx,
      companyId: company.id,
      certificateId: old.id,
      method: 'api',
      caller: CALLER,
    });
    const file = csv(
      'E-Mail,Mobile Number,note,Certificate ID',
      `${a?.email.toUpperCase() ?? ''},,x,`, // 2 revoked
      `,(415) 555-0100,,`, // 3 revoked
      `,,,${b?.id ?? ''}`, // 4 revoked
      `${b?.email ?? ''},,,`, // 5 duplicate of 4
      'old@example.com,,,', // 6 already revoked
      'old@example.com,,,', // 7 duplicate of 6
      'nobody@example.com,,,', // 8 not found
      'nobody@example.com,,,', // 9 not found again
      'not an email,,,', // 10 invalid
      ',,note,', // 11 nothing to go by
      '', // 12 not a row
      `${c?.email ?? ''},123,,`, // 13 revoked, with a bad cell
      'nobody@example.com,99,,', // 14 not found, with a bad cell
    );
    const batch = await storeBatch(scene, file);
    expect(await run(ctx, batch)).toBe('completed');

    const after = await batchNow(scene, batch);
    expect(counts(after)).toEqual({
      revoked: 4,
      already_revoked: 1,
      not_found: 3,
      invalid: 2,
      duplicate: 2,
    });
    expect(after).toMatchObject({ state: 'completed', rows_total: 12, certificates_revoked: 4 });
    expect(after).toMatchObject({ open: false, completed_at: expect.any(Date) as Date });
    expect(await errorsOf(scene, batch)).toEqual([
      `5 E-Mail ${b?.email ?? ''} duplicate`,
      '6 E-Mail old@example.com already_revoked',
      '7 E-Mail old@example.com duplicate',
      '8 E-Mail nobody@example.com not_found',
      '9 E-Mail nobody@example.com not_found',
      '10 E-Mail not an email invalid_email',
      '11   no_identifier',
      '13 Mobile Number 123 invalid_mobile',
      '14 Mobile Number 99 invalid_mobile',
      '14 E-Mail nobody@example.com not_found',
    ]);
    const own = [a?.id, b?.id, c?.id, phone.id] as string[];
    const mine = { company_id: company.id, method: 'csv', action: 'certificate.revoked' as const };
    const entries = await collections(ctx).audit.find(mine).toArray();
    expect(entries.flatMap((entry) => entry.certificates).sort()).toEqual(own.sort());
    expect(entries[0]).toMatchObject({ reason: 'campaign over', actor: CALLER.actor });
  });

  test('revokes every certificate that a row names, and counts the row once', async () => {
    const { ctx, company } = scene;
    const email = 'twice@example.com';
    const ids = [
      (await makeCertificate(ctx, company, { email })).id,
      (await makeCertificate(ctx, company, { email })).id,
      (await makeCertificate(ctx, company, { mobile: '+14155550123' })).id,
    ];
    const batch = await storeBatch(scene, csv('email;phone', `${email};+1 415 555 0123`));
    await run(ctx, batch);
    const after = await batchNow(scene, batch);
    expect(counts(after)).toEqual({ revoked: 1 });
    expect(after.certificates_revoked).toBe(3);
    await expectAuditedOnce(scene, ids);
  });

  test('leaves other companies and younger consent alone', async () => {
    const { ctx, company } = scene;
    const email = 'again@example.com';
    const early = await makeCertificate(ctx, company, { email });
    const batch = await storeBatch(scene, csv('email', email), {
      requested_at: new Date(),
    });
    const collection = collections(ctx).certificates;
    const late = await makeCertificate(ctx, company, { email });
    await collection.updateOne({ _id: late.id }, { $set: after(batch) });
    const foreign = await makeCertificate(ctx, company, { email });
    await collection.updateOne({ _id: foreign.id }, { $set: { company_id: 'other' } });
    await run(ctx, batch);
    await expectAuditedOnce(scene, [early.id]);
    expect(await ctx.store.certificates.find('other', foreign.id)).toMatchObject({
      opt_out: { revoke: false },
    });
  });

  test('revokes a row that names too many certificates for a look-up', async () => {
    const { ctx, company } = scene;
    const email = 'many@example.com';
    const { id } = await makeCertificate(ctx, company, { email });
    const collection = collections(ctx).certificates;
    const original = await collection.findOne({ _id: id });
    const copies = Array.from({ length: 20_000 }, (_, i) => ({
      ...original!,
      _id: `${id}-${String(i)}`,
      session_id: `many-${String(i)}`,
    }));
    await collection.insertMany(copies);
    const [other] = await makePeople(scene, 1);
    const rows = [other?.email ?? '', email, 'x@example.com', email];
    const dry = await storeBatch(scene, csv('email', ...rows), { dry_run: true });
    await run(ctx, dry);
    const batch = await storeBatch(scene, csv('email', ...rows));
    const young = await makeCertificate(ctx, company, { email });
    await collection.updateOne({ _id: young.id }, { $set: after(batch) });
    await run(ctx, batch);
    const ended = await batchNow(scene, batch);
    expect(counts(ended)).toEqual({ revoked: 2, not_found: 1, duplicate: 1 });
    expect(counts(await batchNow(scene, dry))).toEqual(counts(ended));
    expect(ended.certificates_revoked).toBe(20_002);
    const live = { company_id: company.id, 'opt_out.revoke': false };
    const kept = await collections(ctx).certificates.find(live).toArray();
    expect(kept.map(({ _id }) => _id)).toEqual([young.id]);
  });
});

describe('a dry run', () => {
  test('counts what the real run then does, and changes nothing', async () => {
    const { ctx } = scene;
    const [a, b] = await makePeople(scene, 2);
    const rows = [a?.email, a?.id, 'who@example.com', b?.email, 'bad', a?.email, b?.id];
    const cells = rows.map((row = '') => (row.startsWith('EC-') ? `,${row}` : `${row},`));
    const file = csv('email,certificate_id', ...cells);
    const batch = await storeBatch(scene, file, { dry_run: true });
    expect(await run(ctx, batch)).toBe('previewed');
    const preview = await batchNow(scene, batch);
    expect(preview).toMatchObject({ state: 'previewed', open: false, certificates_revoked: 2 });
    // What its rows claimed is of no use to anybody.
    const claims = database(ctx).collection<{ _id: string }>('batch_claims');
    expect(await claims.countDocuments({ _id: new RegExp(`^${batch._id}`) })).toBe(0);
    await expectAuditedOnce(scene, []);
    const before = await errorsOf(scene, batch);

    await ctx.store.batches.move(batch._id, ['previewed'], {
      state: 'queued',
      dry_run: false,
      run: 1,
      open: true,
      rows_read: 0,
      revoked: 0,
      not_found: 0,
      invalid: 0,
      duplicate: 0,
      certificates_revoked: 0,
      position: batch.position,
      requested_at: new Date(),
    });
    expect(await run(ctx, batch)).toBe('completed');
    const after = await batchNow(scene, batch);
    expect(counts(after)).toEqual(counts(preview));
    expect(await errorsOf(scene, after)).toEqual(before);
    expect(await errorsOf(scene, batch)).toEqual([]);
    await expectAuditedOnce(scene, [a?.id ?? '', b?.id ?? '']);
  });
});

describe('requests at the same time', () => {
  test('share the certificates: each is revoked and audited once', async () => {
    const { ctx, company } = scene;
    const people = await makePeople(scene, 12);
    const file = csv('email', ...people.map(({ email }) => email));
    const first = await storeBatch(scene, file);
    const second = await storeBatch(scene, file);
    const single = people.slice(0, 6).map(({ id }) =>
      revokeCertificate({
        ctx,
        companyId: company.id,
        certificateId: id,
        method: 'api',
        caller: CALLER,
      }),
    );
    await Promise.all([run(ctx, first), run(ctx, second), ...single]);
    const [one, two] = [await batchNow(scene, first), await batchNow(scene, second)];
    const singly = (await Promise.all(single)).reduce((sum, { revoked }) => sum + revoked, 0);
    counts(one);
    counts(two);
    expect(one.revoked + two.revoked + singly).toBe(12);
    expect(one.rows_read + two.rows_read).toBe(24);
    const flagged = { company_id: company.id, state: 'flagged' as const };
    const open = await collections(ctx).revocations.find(flagged).toArray();
    for (const { _id } of open) await finishRevocation({ ctx, revocationId: _id });
    await expectAuditedOnce(
      scene,
      people.map(({ id }) => id),
    );
  });
});
