import { auditCsv } from '../../../src/core/audit/audit-csv';
import { recordChange } from '../../../src/core/audit/record-change';
import { actors } from '../../../src/http/pages/texts/en-audit';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { makeCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';

let ctx: Context;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});
afterAll(() => close());

async function read(companyId: string): Promise<string> {
  let csv = '';
  const gone = new AbortController().signal;
  for await (const text of auditCsv({ ctx, companyId, filter: {}, words: actors, gone }))
    csv += text;
  return csv;
}

test('has every entry once, across pages, and no cell that a spreadsheet evaluates', async () => {
  const { id: companyId } = await makeCompany(ctx);
  for (let i = 0; i < 410; i++) {
    await ctx.store.transaction((session) =>
      recordChange({
        ctx,
        session,
        companyId,
        action: 'company.updated',
        caller: { actor: { type: 'system', id: null }, ip: null },
        reason: i === 7 ? '=HYPERLINK("http://evil.example","a, b")' : `n${i}`,
      }),
    );
  }
  const csv = await read(companyId);
  const lines = csv.split('\n').filter((line) => line.includes('company.updated'));
  expect(lines).toHaveLength(410);
  expect(new Set(lines).size).toBe(410);
  expect(csv).toContain(`"'=HYPERLINK(""http://evil.example"",""a, b"")"`);
});
