import type { Context } from '../../../src/context';
import { certificateChecks } from '../../../src/core/wallet/certificate-checks';
import { COUNTER, emptyLane, pageAfter } from '../../../src/core/wallet/lanes';
import { makeStatements } from '../../../src/core/wallet/make-statements';
import { MINUTE_MS } from '../../../src/lib/durations';
import { collections } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany } from '../../helpers/company';
import { openContext } from '../../helpers/context';
import { ensureIndexes } from '../../helpers/indexes';
import { testConfig } from '../../helpers/settings';
import { daysAgo, makeOld, makeOldCompany, today } from './ledger-scene';

const { signal } = new AbortController();
const OTHER = 'crt_another-certificate';

let ctx: Context;
let close: () => Promise<void>;
let companyId: string;
let certificateId: string;
let ref: string;
let sequence: number;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'worker'));
  await ensureIndexes(ctx);
});
afterAll(() => close());

beforeEach(async () => {
  // The job goes through all companies there are.
  await collections(ctx).companies.deleteMany();
  const company = await makeCompany(ctx, { balanceMicrousd: 0 });
  companyId = company.id;
  await makeOld(ctx, companyId, 3);
  ({ id: certificateId } = await makeCertificate(ctx, company));
  ref = (await collections(ctx).certificates.findOne({ _id: certificateId }))!.ledger_ref!;
  sequence = 0;
});

const page = (refs: (string | null)[], at: Date, kind = 'check_match' as const) => {
  const line = { kind, amount_microusd: -15_000, ...CALLER, certificate_refs: refs };
  const head = { ...emptyLane(COUNTER), sequence: ++sequence };
  return pageAfter(head, companyId, { lines: [line] }, at);
};
const paid = (refs: (string | null)[], at: Date) =>
  collections(ctx).ledgerPages.insertOne(page(refs, at));
const checks = (limit = 10) => certificateChecks({ ctx, companyId, certificateId, limit });
const state = () => makeStatements({ ctx, signal, now: today(1) });
const later = (at: Date) => new Date(at.getTime() + MINUTE_MS);

test('are counted by the day with the statement, and from the ledger where there is none', async () => {
  const [first, second] = [daysAgo(3), daysAgo(1)];
  await paid([ref, OTHER, ref, null], first);
  await paid([ref], later(first));
  await paid([OTHER], second);
  await paid([ref], second);
  const both = [
    { day: '2026-01-09', count: 1, first: second, last: second },
    { day: '2026-01-07', count: 3, first, last: later(first) },
  ];
  expect(await checks()).toEqual({ days: both, more: false, isComplete: true });
  expect(await state()).toBe('done');
  // It is not read again from what the statement has.
  await collections(ctx).ledgerPages.deleteMany({ company_id: companyId });
  expect(await checks()).toEqual({ days: both, more: false, isComplete: true });
  await paid([ref, ref], today(3));
  const { days, more } = await checks(2);
  expect([days.map(({ day, count }) => [day, count]), more]).toEqual([
    [
      ['2026-01-10', 2],
      ['2026-01-09', 1],
    ],
    true,
  ]);
});

test('a crash before the statement counts nothing twice', async () => {
  await paid([ref, ref], daysAgo(2));
  const died = new Error('died');
  const { certificateChecks: counts, statements } = ctx.store;
  const count = jest.spyOn(counts, 'put').mockRejectedValueOnce(died);
  await expect(state()).rejects.toThrow('died');
  const insert = jest.spyOn(statements, 'insertOnce').mockRejectedValueOnce(died);
  await expect(state()).rejects.toThrow('died');
  expect(await statements.latest(companyId)).toMatchObject({ day: '2026-01-07' });
  count.mockRestore();
  insert.mockRestore();
  await state();
  await state();
  expect((await checks()).days).toMatchObject([{ day: '2026-01-08', count: 2 }]);
});

test('busy days are counted in several parts, in more documents, and all are found', async () => {
  await paid([...Array<string>(250_000).fill(OTHER), ref], daysAgo(2));
  await paid([ref], daysAgo(1));
  await state();
  expect((await checks()).days).toMatchObject([{ count: 1 }, { count: 1 }]);
  const stored = await collections(ctx).certificateChecks.find({ company_id: companyId }).toArray();
  expect(stored.map(({ _id }) => _id.split(':')[1]?.length).sort()).toEqual([1, 2, 2]);
  expect(stored.every(({ at, day }) => at.toISOString().startsWith(`${day}T00:00:00.000`))).toBe(
    true,
  );
});

test('where there are too many since the last statement, the rest is told', async () => {
  await paid([ref], daysAgo(2));
  await state();
  const many = Array.from({ length: 10_001 }, () => page([ref], today(2)));
  await collections(ctx).ledgerPages.insertMany(many);
  const { days, isComplete } = await checks();
  expect([days.map(({ day }) => day), isComplete]).toEqual([['2026-01-08'], false]);
});

test('are those of the company itself', async () => {
  await paid([ref], daysAgo(2));
  const other = await makeOldCompany(ctx, 1);
  expect(await certificateChecks({ ctx, companyId: other, certificateId, limit: 10 })).toEqual({
    days: [],
    more: false,
    isComplete: true,
  });
});
