import { findUnusualRates } from '../../../src/core/health/unusual-rates';
import { scrapeMetrics } from '../../../src/core/health/scrape-metrics';
import { recordAccess } from '../../../src/core/security-log/record-access';
import type { Context } from '../../../src/context';
import { DAY_MS, HOUR_MS } from '../../../src/lib/durations';
import { makeCertificate, makeCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';

let service: Service;
let ctx: Context;
beforeEach(async () => {
  service = await startService();
  ({ ctx } = service);
});
afterEach(() => service.close());

const NOW = new Date();
const HOUR = NOW.getTime() - (NOW.getTime() % HOUR_MS);

/** Writes down an hour of a company, so many hours ago. */
const happened = (companyId: string, hoursAgo: number, optOuts: number, refusals = 0) =>
  ctx.store.securityLog.addTotals([
    { companyId, at: new Date(HOUR - hoursAgo * HOUR_MS), optOuts, refusals },
  ]);
const unusual = async () =>
  (await findUnusualRates({ ctx, now: NOW })).map(({ what, companyId }) => [what, companyId]);

test('is what is ten times a company’s own recent normal, and not little', async () => {
  // 200 an hour is what the large one always has; for the small one it is a flood.
  for (let ago = 1; ago <= (7 * DAY_MS) / HOUR_MS; ago++) await happened('large', ago, 200);
  await happened('large', 0, 300);
  await happened('small', 0, 200);
  await happened('rare', 0, 99);
  expect(await unusual()).toEqual([['opt_outs', 'small']]);
  await happened('attacked', 1, 0, 5_000);
  expect(await unusual()).toEqual([
    ['refusals', null],
    ['refusals', 'attacked'],
    ['opt_outs', 'small'],
  ]);
});

test('counts opt-outs and refused calls, and is shown as a metric', async () => {
  const company = await makeCompany(ctx);
  const { id } = company;
  const { id: certificate_id } = await makeCertificate(ctx, company);
  await service.post('/opt-out', { company_id: id, certificate_id });
  await service.post('/opt-out', { company_id: id, certificate_id });
  const body = { company_id: id, property_id: 'wrong', certificate_id, consent: 'x' };
  await service.post('/verify/match', body);
  await recordAccess(service);
  const hour = await ctx.store.securityLog.sums(new Date(HOUR), new Date(HOUR + 2 * HOUR_MS), id);
  expect(hour).toMatchObject({ opt_outs: 1, refusals: 1 });
  expect((await scrapeMetrics(service)).text).not.toMatch(/rescind_unusual_rate_ratio\{/);
  await happened(id, 0, 150);
  const { text } = await scrapeMetrics(service);
  expect(text).toMatch(
    new RegExp(`rescind_unusual_rate_ratio{what="opt_outs",company="${id}"} 15`),
  );
});
