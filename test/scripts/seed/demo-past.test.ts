import { captureOf } from '../../../scripts/seed/certificates';
import { ensureDemoCompany, type Demo } from '../../../scripts/seed/demo-company';
import { REVOCATION_METHODS } from '../../../src/store/certificates';
import { readRows } from '../../../src/core/batches/csv/read-rows';
import { registerCertificate } from '../../../src/core/certificates/register-certificate';
import { proveAudit } from '../../../src/core/revocations/prove-audit';
import { countChecks } from '../../../src/core/wallet/count-checks';
import { makeStatements } from '../../../src/core/wallet/make-statements';
import { proveWallet } from '../../../src/core/wallet/prove-wallet';
import { reconcileWallets } from '../../../src/core/wallet/reconcile-wallets';
import { startOfDay, startOfNextDay } from '../../../src/core/wallet/utc-day';
import { DAY_MS } from '../../../src/lib/durations';
import { collections } from '../../helpers/collections';
import { CALLER } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { movementsOf } from '../../helpers/wallet';

const { signal } = new AbortController();
const COMPANY = 'comp-demo';

let service: Service;
let demo: Demo;

beforeAll(async () => {
  service = await startService();
  const made = await ensureDemoCompany({ ctx: service.ctx, dir: null });
  if (!made) throw new Error('no demo company was made');
  demo = made;
});

afterAll(() => service.close());

const stored = () => collections(service.ctx);
const token = () => ({ token: demo.token ?? '' });

test('has ninety days in two properties, and the consumers that the tour names', async () => {
  const certificates = await stored().certificates.find().sort({ created_at: 1 }).toArray();
  expect(certificates.length).toBeGreaterThanOrEqual(1_500);
  const [first, second, third] = certificates;
  const age = Date.now() - (first?.created_at.getTime() ?? 0);
  expect(Math.round(age / DAY_MS)).toBeGreaterThanOrEqual(89);
  expect(first?.session_id).toBe('demo-0000');
  expect(second).toMatchObject({ email: 'consumer0001@example.com', session_id: 'demo-0001' });
  expect(third).toMatchObject({ mobile: '+14155550002' });
  for (const one of [first, second, third]) {
    expect(one).toMatchObject({ opt_out: { revoke: false }, session_retained_until: null });
  }
  expect(new Set(certificates.map(({ property_ref }) => property_ref)).size).toBe(2);
  const people = await stored().users.find().toArray();
  expect(people.map(({ role }) => role)).toEqual(expect.arrayContaining(['admin', 'viewer']));
});

test('its wallet follows from its pages, to the last µUSD, and its reservations, too', async () => {
  const { balance_microusd, entries_sum_microusd, reserved_microusd } = await proveWallet({
    ctx: service.ctx,
    companyId: COMPANY,
  });
  expect(balance_microusd).toBe(entries_sum_microusd);
  expect(reserved_microusd).toBe(0);
  expect(balance_microusd).toBeGreaterThanOrEqual(400_000_000);
  expect(balance_microusd).toBeLessThan(430_000_000);
  expect(await reconcileWallets({ ctx: service.ctx, signal })).toBe('done');
  expect(await stored().walletProofs.findOne()).toMatchObject({
    broken_page: null,
    drift_microusd: 0,
    reserved_drift_microusd: 0,
    low_balance: false,
  });
  const pages = await stored().ledgerPages.find().toArray();
  for (const { lines } of pages) {
    expect(lines.flatMap((line) => line.certificate_refs).length).toBeLessThanOrEqual(500);
  }
});

test('no check was of a certificate that was not there yet, or was revoked', async () => {
  const certificates = await stored().certificates.find().toArray();
  const byRef = new Map(certificates.map((one) => [one.ledger_ref, one]));
  const checks = (await movementsOf(service.ctx, COMPANY)).filter(({ kind }) =>
    kind.startsWith('check_'),
  );
  const days = new Set(checks.map(({ at }) => at.toISOString().slice(0, 10)));
  expect(days.size).toBeGreaterThanOrEqual(90);
  const wrong = checks.filter(({ at, certificate_ref }) => {
    const certificate = byRef.get(certificate_ref ?? '');
    const revokedAt = certificate?.opt_out.revoked_at;
    return !certificate || certificate.created_at > at || (revokedAt && revokedAt <= at);
  });
  expect(wrong).toEqual([]);
});

test('the token of the call centre was last used for its last check or certificate', async () => {
  const token = await stored().tokens.findOne({ label: 'Call center' });
  const actor = { type: 'token', id: token!._id } as const;
  const check = await stored().ledgerPages.findOne(
    { lines: { $elemMatch: { 'actor.id': actor.id } } },
    { sort: { at: -1 } },
  );
  const change = await stored().audit.findOne({ 'actor.id': actor.id }, { sort: { at: -1 } });
  const times = [check, change].map((one) => one?.at.getTime() ?? 0);
  expect(Math.min(...times)).toBeGreaterThan(0);
  expect(token!.last_used_at?.getTime()).toBe(Math.max(...times));
});

test('its statements are those that the job makes', async () => {
  const { statements } = stored();
  const given = await statements.find().sort({ day: 1 }).toArray();
  await statements.deleteMany();
  await makeStatements({ ctx: service.ctx, signal, now: service.ctx.now() });
  const made = await statements.find().sort({ day: 1 }).toArray();
  const withoutTime = ({ made_at: _, ...rest }: (typeof made)[number]) => rest;
  expect(given.map(withoutTime)).toEqual(made.map(withoutTime));
  expect(given.length).toBeGreaterThanOrEqual(89);
});

test('each revoked certificate is named by one entry, and every way is among them', async () => {
  const revoked = await stored().certificates.find({ 'opt_out.revoke': true }).toArray();
  const entries = await stored().audit.find({ action: 'certificate.revoked' }).toArray();
  const named = entries.flatMap(({ certificates }) => certificates);
  expect(named.sort()).toEqual(revoked.map(({ _id }) => _id).sort());
  // Nobody of the demo had opted out before.
  const ways = REVOCATION_METHODS.filter((method) => method !== 'standing');
  expect(new Set(entries.map(({ method }) => method))).toEqual(new Set(ways));
  for (const { certificate_ids, state } of await stored().revocations.find().toArray()) {
    expect(state).toBe('completed');
    expect(certificate_ids.every((id) => named.includes(id))).toBe(true);
  }
  for (const { created_at, opt_out } of revoked) {
    expect(opt_out.revoked_at?.getTime()).toBeGreaterThan(created_at.getTime());
    expect(opt_out.revoked_at?.getTime()).toBeLessThan(Date.now());
  }
});

test('the proof of the audit finds no gap on any day', async () => {
  const { ctx } = service;
  for (let day = 0; day <= 91; day++) {
    const now = new Date(Date.now() - (90 - day) * DAY_MS);
    expect(await proveAudit({ ctx, signal, now })).toBe('done');
    expect((await ctx.metrics.auditGaps.get()).values[0]?.value).toBe(0);
  }
});

test('its checks are counted by certificate, as the job would have', async () => {
  const { certificateChecks } = stored();
  const before = await certificateChecks.find().sort({ _id: 1 }).toArray();
  const day = before[0]!.day;
  const [from, to] = [startOfDay(day), startOfNextDay(day)];
  const mine = { ctx: service.ctx, companyId: COMPANY, day, from, to, checks: 1 };
  const sorted = (all: typeof before) =>
    all.filter((one) => one.day === day).map(({ checks }) => checks.map(({ ref }) => ref).sort());
  await countChecks(mine);
  expect(sorted(await certificateChecks.find().sort({ _id: 1 }).toArray())).toEqual(sorted(before));
});

test('the counts of its days are those of its revocations', async () => {
  const days = await stored().activityDays.find().toArray();
  expect(days.length).toBeGreaterThanOrEqual(90);
  for (const method of REVOCATION_METHODS) {
    const counted = days.reduce((sum, { revoked }) => sum + (revoked[method] ?? 0), 0);
    const made = { 'opt_out.method': method };
    expect(counted).toBe(await stored().certificates.countDocuments(made));
  }
  expect(days.some(({ refused_checks }) => refused_checks > 0)).toBe(true);
  expect(days.some(({ link_opens }) => link_opens > 0)).toBe(true);
});

test('nothing is left to be done, and every batch adds up', async () => {
  const open = { state: { $in: ['recorded', 'flagged', 'batched'] as const } };
  expect(await stored().revocations.countDocuments(open as object)).toBe(0);
  expect(await stored().retentions.countDocuments({ state: { $ne: 'done' } })).toBe(0);
  const batches = await stored().batches.find().toArray();
  expect(batches.filter(({ method }) => method === 'csv').length).toBeGreaterThanOrEqual(2);
  for (const batch of batches) {
    const { revoked, already_revoked, not_found, invalid, duplicate, rows_read } = batch;
    expect(batch).toMatchObject({ state: 'completed', open: false, rows_total: rows_read });
    expect(revoked + already_revoked + not_found + invalid + duplicate).toBe(rows_read);
    const by = { 'opt_out.revocation_id': new RegExp(`^${batch._id}\\.`) };
    expect(await stored().certificates.countDocuments(by)).toBe(batch.certificates_revoked);
  }
});

test('the newest file is there to be read, with a line for each row that it did not revoke', async () => {
  const [batch] = await stored()
    .batches.find({ method: 'csv' })
    .sort({ created_at: -1 })
    .limit(1)
    .toArray();
  if (!batch?.upload) throw new Error('no file');
  expect(batch.file_name).toMatch(/^suppressions-[\d-]{10}\.csv$/);
  const { file_id, bytes, data } = batch.upload;
  const source = service.ctx.store.uploads.read(file_id, bytes, data.offset);
  let rows = 0;
  for await (const some of readRows(source, batch.upload, data, 1_000)) rows += some.length;
  expect(rows).toBe(batch.rows_read);
  const errors = await service.get(`/revocations/batches/${batch._id}/errors.csv`, token());
  const lines = String(errors.body).trim().split('\n').slice(1);
  expect(lines).toHaveLength(batch.rows_read - batch.revoked);
  expect(batch.invalid).toBeGreaterThan(0);
  expect(batch.duplicate).toBeGreaterThan(0);
  expect(batch.already_revoked).toBeGreaterThan(0);
});

test('the same content again gives the same certificates', async () => {
  const [property] = await stored().properties.find({ property_id: demo.property_id }).toArray();
  const before = await stored().certificates.countDocuments();
  for (const n of [0, 1, 2]) {
    const { certificate, created } = await registerCertificate({
      ctx: service.ctx,
      companyId: COMPANY,
      propertyId: property?.property_id ?? '',
      caller: CALLER,
      input: captureOf(n, 0),
    });
    expect(created).toBe(false);
    expect(certificate.session_id).toBe(`demo-000${String(n)}`);
  }
  expect(await stored().certificates.countDocuments()).toBe(before);
});

test('checks say yes and no as they should, people are found, and prices hold', async () => {
  const { certificate_id, consent, company_id, property_id } = demo;
  const live = await service.post('/verify/match', {
    company_id,
    property_id,
    certificate_id,
    consent,
  });
  expect(live).toMatchObject({ status: 200, body: { valid: true } });
  const revoked = await stored().certificates.findOne({ 'opt_out.revoke': true });
  const dead = { certificate_id: revoked?._id, consent: revoked?.consents[0]?.text };
  expect(await service.post('/verify/match', dead, token())).toMatchObject({ status: 403 });
  const found = await service.get('/certificates?mobile=(415) 555-0002', token());
  expect(found.body).toMatchObject({ certificates: [{ session_id: 'demo-0002' }] });
  const opted = await service.post('/opt-out', { company_id, email: 'CONSUMER0017@example.com' });
  expect(opted.status).toBe(200);
});
