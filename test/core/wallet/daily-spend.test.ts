import { dailySpend } from '../../../src/core/wallet/daily-spend';
import { makeStatements } from '../../../src/core/wallet/make-statements';
import { DAY_MS } from '../../../src/lib/durations';
import { collections } from '../../helpers/collections';
import { CONSENT, makeCertificate, makeCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';

let service: Service;
const ctx = () => service.ctx;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

test('is the same from statements as from ledger lines, by day, without top-ups', async () => {
  const company = await makeCompany(ctx());
  const { id } = await makeCertificate(ctx(), company);
  const check = { ...company.ids, certificate_id: id, consent: CONSENT };
  for (let i = 0; i < 3; i++) {
    expect((await service.post('/verify/match', check)).status).toBe(200);
  }
  const now = new Date(Date.now() + 2 * DAY_MS);
  const spend = async () =>
    (await dailySpend({ ctx: ctx(), companyId: company.id, days: 5, now })).days;
  const fromLines = await spend();
  expect(fromLines).toHaveLength(5);
  expect(fromLines.map((day) => day.spent_microusd)).toEqual([0, 0, 45_000, 0, 0]);
  await makeStatements({ ctx: ctx(), signal: new AbortController().signal, now });
  await collections(ctx()).ledgerPages.deleteMany({ company_id: company.id });
  expect(await spend()).toEqual(fromLines);
});
