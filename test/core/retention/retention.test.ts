import { readConfig } from '../../../src/config';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { revokeCertificate } from '../../../src/core/revocations/revoke-certificate';
import { getWallet } from '../../../src/core/wallet/get-wallet';
import { listEntries } from '../../../src/core/wallet/list-entries';
import { reserveRetention } from '../../../src/core/retention/reserve-retention';
import { settleRetention } from '../../../src/core/retention/settle-retention';
import { collections } from '../../helpers/collections';
import { DAY_MS } from '../../../src/lib/durations';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig, testEnvironment } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { ensureIndexes } from '../../helpers/indexes';

const RETAINED_MS = 1_827 * DAY_MS;
const SESSION_FEE = 100_000;
const CERTIFICATE_FEE = 50_000;

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});

beforeEach(async () => {
  company = await makeCompany(ctx, { balanceMicrousd: SESSION_FEE + CERTIFICATE_FEE });
});

afterAll(() => close());

function reserve(sessionId: string, kind: 'session' | 'certificate' = 'session', context = ctx) {
  return reserveRetention({ ctx: context, kind, companyId: company.id, sessionId, caller: CALLER });
}

function retentionId(sessionId: string, kind = 'session') {
  return `retain:${kind}:${company.id}:${sessionId}`;
}

async function money() {
  const { balance_microusd, reserved_microusd } = await getWallet({ ctx, companyId: company.id });
  const sum = await ctx.store.ledger.sum(company.id, null);
  expect(balance_microusd).toBe(sum);
  return { balance: balance_microusd, reserved: reserved_microusd };
}

function revoke(certificateId: string) {
  const by = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
  return revokeCertificate({ ...by, certificateId });
}

test('reserves the fee; settling debits it and keeps the recording', async () => {
  const { id, sessionId } = await makeCertificate(ctx, company);
  const before = Date.now();
  const retention = await reserve(sessionId);
  expect(retention).toMatchObject({ certificate_id: id, already_retained: false });
  const kept = retention.retained_until.getTime() - RETAINED_MS;
  expect(kept).toBeGreaterThanOrEqual(before);
  expect(kept).toBeLessThanOrEqual(Date.now());
  expect(await money()).toEqual({ balance: 150_000, reserved: SESSION_FEE });

  expect(await settleRetention({ ctx, retentionId: retentionId(sessionId) })).toBe('done');
  expect(await money()).toEqual({ balance: CERTIFICATE_FEE, reserved: 0 });
  const certificate = await ctx.store.certificates.find(company.id, id);
  expect(certificate?.session_retained_until).toEqual(retention.retained_until);
  expect(certificate?.retained_until).toBeNull();
  const { entries } = await listEntries({ ctx, companyId: company.id, limit: 1 });
  expect(entries).toMatchObject([
    {
      entry_id: expect.stringMatching(`^retain:session:${company.id}:[\\w-]+$`),
      kind: 'session_retention',
      amount_microusd: -SESSION_FEE,
      certificate_id: id,
      actor: 'system:test',
    },
  ]);
  const audit = await ctx.store.audit.list(
    company.id,
    { action: 'session.retained' },
    { limit: 5 },
  );
  expect(audit.items).toMatchObject([{ certificates: [id] }]);
});

test('session and certificate are paid separately, each once; a repeat needs no money', async () => {
  const { id, sessionId } = await makeCertificate(ctx, company);
  await reserve(sessionId);
  const first = await reserve(sessionId, 'certificate');
  expect(await money()).toEqual({ balance: 150_000, reserved: 150_000 });
  await settleRetention({ ctx, retentionId: retentionId(sessionId, 'certificate') });
  const again = await reserve(sessionId, 'certificate');
  expect(again).toEqual({ ...first, already_retained: true });
  expect((await reserve(sessionId)).already_retained).toBe(true);
  expect(await money()).toEqual({ balance: SESSION_FEE, reserved: SESSION_FEE });
  const certificate = await ctx.store.certificates.find(company.id, id);
  expect(certificate?.retained_until).toEqual(first.retained_until);
});

test('20 simultaneous calls pay one fee', async () => {
  const { sessionId } = await makeCertificate(ctx, company);
  const all = await Promise.all(Array.from({ length: 20 }, () => reserve(sessionId)));
  expect(all.filter(({ already_retained }) => !already_retained)).toHaveLength(1);
  expect(new Set(all.map(({ retained_until }) => retained_until.getTime())).size).toBe(1);
  expect(await money()).toEqual({ balance: 150_000, reserved: SESSION_FEE });
  await Promise.all(
    Array.from({ length: 5 }, () => settleRetention({ ctx, retentionId: retentionId(sessionId) })),
  );
  expect(await money()).toEqual({ balance: CERTIFICATE_FEE, reserved: 0 });
});

test('serves only as many simultaneous sessions as the balance covers', async () => {
  const sessions = await Promise.all(
    Array.from({ length: 8 }, () => makeCertificate(ctx, company)),
  );
  const outcomes = await Promise.allSettled(
    sessions.map(({ sessionId }) => reserve(sessionId, 'certificate')),
  );
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  expect(refused).toHaveLength(5);
  for (const { reason } of refused) expect(reason).toMatchObject({ code: 'insufficient_balance' });
  expect(await money()).toEqual({ balance: 150_000, reserved: 150_000 });
});

test('refuses an unknown session, then a revoked one, then too little money', async () => {
  company = await makeCompany(ctx, { balanceMicrousd: SESSION_FEE - 1 });
  const { id, sessionId } = await makeCertificate(ctx, company);
  await expect(reserve('unknown')).rejects.toMatchObject({ code: 'session_not_found' });
  await expect(reserve(sessionId)).rejects.toMatchObject({ code: 'insufficient_balance' });
  await revoke(id);
  await expect(reserve(sessionId)).rejects.toMatchObject({ code: 'opted_out' });
  expect(await money()).toEqual({ balance: SESSION_FEE - 1, reserved: 0 });
});

test('a retained session that is later revoked is refused, and its fee still settles', async () => {
  const { id, sessionId } = await makeCertificate(ctx, company);
  await reserve(sessionId);
  await revoke(id);
  await expect(reserve(sessionId)).rejects.toMatchObject({ code: 'opted_out' });
  expect(await settleRetention({ ctx, retentionId: retentionId(sessionId) })).toBe('done');
  expect(await money()).toEqual({ balance: CERTIFICATE_FEE, reserved: 0 });
});

test('a revocation that is answered in the middle of a reservation prevents it', async () => {
  const { id, sessionId } = await makeCertificate(ctx, company);
  const find = jest.fn(ctx.store.retentions.find).mockImplementationOnce(async (...args) => {
    await revoke(id);
    return ctx.store.retentions.find(...args);
  });
  const retentions = { ...ctx.store.retentions, find };
  const interrupted = { ...ctx, store: { ...ctx.store, retentions } };
  await expect(reserve(sessionId, 'session', interrupted)).rejects.toMatchObject({
    code: 'opted_out',
  });
  expect(find).toHaveBeenCalled();
  expect(await ctx.store.retentions.find(retentionId(sessionId))).toBeNull();
  expect(await money()).toEqual({ balance: 150_000, reserved: 0 });
});

test('settling releases the fee when the certificate is gone', async () => {
  const { id, sessionId } = await makeCertificate(ctx, company);
  await reserve(sessionId);
  await collections(ctx).certificates.deleteOne({ _id: id });
  const settling = { ctx, retentionId: retentionId(sessionId) };
  expect(await settleRetention(settling)).toBe('gone');
  expect(await settleRetention(settling)).toBe('already_done');
  expect(await settleRetention({ ctx, retentionId: 'retain:none' })).toBe('gone');
  expect(await money()).toEqual({ balance: 150_000, reserved: 0 });
});

test('a released retention can be reserved again', async () => {
  const { id, sessionId } = await makeCertificate(ctx, company);
  await reserve(sessionId);
  const collection = collections(ctx).certificates;
  const gone = await collection.findOneAndDelete({ _id: id });
  await settleRetention({ ctx, retentionId: retentionId(sessionId) });
  await collection.insertOne(gone!);
  expect((await reserve(sessionId)).already_retained).toBe(false);
  expect(await settleRetention({ ctx, retentionId: retentionId(sessionId) })).toBe('done');
  expect(await money()).toEqual({ balance: CERTIFICATE_FEE, reserved: 0 });
});

test('a fee of 0 works with an empty wallet', async () => {
  company = await makeCompany(ctx, { balanceMicrousd: 0 });
  const { sessionId } = await makeCertificate(ctx, company);
  const config = readConfig(testEnvironment({ PRICE_SESSION_RETENTION_MICROUSD: '0' }));
  await reserve(sessionId, 'session', { ...ctx, config });
  expect(await settleRetention({ ctx, retentionId: retentionId(sessionId) })).toBe('done');
  expect(await money()).toEqual({ balance: 0, reserved: 0 });
  const { entries } = await listEntries({ ctx, companyId: company.id, limit: 5 });
  expect(entries.map(({ amount_microusd }) => amount_microusd)).toEqual([0]);
});

test.each(['retained_until', 'session_retained_until'] as const)(
  'keeping until an earlier time than before shortens nothing (%s)',
  async (field) => {
    const { id } = await makeCertificate(ctx, company);
    const keepUntil = (until: Date) =>
      ctx.store.transaction((session) =>
        ctx.store.certificates.retainUntil(company.id, id, field, until, session),
      );
    const later = new Date(Date.now() + RETAINED_MS);
    for (const until of [later, new Date(later.getTime() - 1)]) {
      expect(await keepUntil(until)).toBe(true);
      const certificate = await ctx.store.certificates.find(company.id, id);
      expect([certificate?.[field], certificate?.kept_until]).toEqual([later, later]);
    }
  },
);

test('hands its work to the queue', async () => {
  const { sessionId } = await makeCertificate(ctx, company);
  await reserve(sessionId);
  await until('the retention is enqueued', async () => {
    return (await ctx.store.retentions.find(retentionId(sessionId)))?.enqueued_at;
  });
});
