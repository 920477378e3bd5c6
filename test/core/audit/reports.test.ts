import { recordChange } from '../../../src/core/audit/record-change';
import { auditCsv } from '../../../src/core/audit/audit-csv';
import { dailySpend } from '../../../src/core/wallet/daily-spend';
import { makeStatements } from '../../../src/core/wallet/make-statements';
import { collections } from '../../helpers/collections';
import { makeCertificate, makeCompany, type TestCompany, CONSENT } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { until } from '../../helpers/until';

let service: Service;
let company: TestCompany;
const ctx = () => service.ctx;
const DAY_MS = 86_400_000;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(ctx());
});

describe('what was spent', () => {
  test('is the same from statements as from lines, day by day, without top-ups', async () => {
    const { id } = await makeCertificate(ctx(), company);
    const check = { ...company.ids, certificate_id: id, consent: CONSENT };
    for (let i = 0; i < 3; i++) {
      expect((await service.post('/verify/match', check)).status).toBe(200);
    }
    const now = new Date(Date.now() + 2 * DAY_MS);
    const spend = () => dailySpend({ ctx: ctx(), companyId: company.id, days: 5, now });
    const fromLines = await spend();
    expect(fromLines).toHaveLength(5);
    expect(fromLines.map((day) => day.spent_microusd)).toEqual([0, 0, 45_000, 0, 0]);
    await makeStatements({ ctx: ctx(), signal: new AbortController().signal, now });
    await collections(ctx()).ledger.deleteMany({ company_id: company.id });
    expect(await spend()).toEqual(fromLines);
  });
});

describe('the audit log as CSV', () => {
  const read = async () => {
    let csv = '';
    const gone = new AbortController().signal;
    const rows = auditCsv({ ctx: ctx(), companyId: company.id, filter: {}, gone });
    for await (const text of rows) csv += text;
    return csv;
  };

  test('has every entry once, beyond a page, and no cell that a spreadsheet calculates', async () => {
    await ctx().store.transaction(async (session) => {
      for (let i = 0; i < 410; i++) {
        await recordChange({
          ctx: ctx(),
          session,
          companyId: company.id,
          action: 'test.noted',
          caller: { actor: { type: 'system', id: null }, ip: null },
          reason: i === 7 ? '=HYPERLINK("http://evil.example","a, b")' : `n${i}`,
        });
      }
    });
    const csv = await read();
    const lines = csv.split('\n').filter((line) => line.includes('test.noted'));
    expect(lines).toHaveLength(410);
    expect(new Set(lines).size).toBe(410);
    expect(csv).toContain(`"'=HYPERLINK(""http://evil.example"",""a, b"")"`);
  });
});

describe('when a token was last used', () => {
  test('is noted without being waited for, once a minute at most', async () => {
    const lastUsed = async () =>
      (await ctx().store.credentials.listTokens(company.id))[0]?.last_used_at;
    expect(await lastUsed()).toBeUndefined();
    await service.get('/wallet', { token: company.token });
    const first = await until('the use is noted', lastUsed);
    await service.get('/wallet', { token: company.token });
    const id = (await ctx().store.credentials.listTokens(company.id))[0]!._id;
    const soon = new Date(first.getTime() + 30_000);
    await ctx().store.credentials.markTokenUsed(id, soon, new Date(soon.getTime() - 60_000));
    expect(await lastUsed()).toEqual(first);
    const later = new Date(first.getTime() + 61_000);
    await ctx().store.credentials.markTokenUsed(id, later, new Date(later.getTime() - 60_000));
    expect(await lastUsed()).toEqual(later);
  });
});
