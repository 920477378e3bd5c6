import { scrapeMetrics } from '../../../src/core/health/scrape-metrics';
import { leaseOf } from '../../../src/core/webhooks/deliver-due';
import { fanOutEvents } from '../../../src/core/webhooks/fan-out-events';
import { findLateDeliveries } from '../../../src/core/webhooks/late-deliveries';
import { MINUTE_MS } from '../../../src/lib/durations';
import { collections } from '../../helpers/collections';
import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { until } from '../../helpers/until';
import { listen, tellNow } from '../../helpers/webhooks';
import { look, PAGES } from './operator-browser';

let service: Service;
let company: TestCompany;
let endpoint: Awaited<ReturnType<typeof listen>>;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
  endpoint = await listen(service.ctx, company);
  await service.ctx.store.webhookEndpoints.change(company.id, endpoint.endpointId, {
    url: `${endpoint.url}/with-a-secret-path`,
  });
});
afterEach(() => endpoint.close());

const hostOf = () => new URL(endpoint.url).host;
const deliveries = async () =>
  (await service.ctx.store.webhookDeliveries.list(company.id, {}, { limit: 50 })).items;
/** A gauge; on a busy machine it is left out of some scrapes. */
const metric = (name: string) =>
  until(name, async () => {
    const { text } = await scrapeMetrics({ ctx: service.ctx });
    const line = text.split('\n').find((one) => one.startsWith(name));
    return line === undefined ? null : Number(line.slice(name.length));
  });
/** The page Health; on a busy machine it lacks some of what there is to look at. */
const health = (isWhole: (html: string) => boolean) =>
  until('the page Health', async () => {
    const { html } = await look(service);
    return isWhole(html) ? html : null;
  });

test('operators see which endpoints fail, by their hosts', async () => {
  endpoint.answer = (response) => response.writeHead(500).end();
  await makeCertificate(service.ctx, company);
  await tellNow(service.ctx);
  const named = `Webhook endpoint at ${hostOf()}`;
  const seen = await health((html) => html.includes(named));
  expect(seen).toContain(`href="${PAGES}/companies/${company.id}#webhooks"`);
  const { html: page } = await look(service, `/companies/${company.id}`);
  expect(page).toContain('id="webhooks"');
  expect(page).toMatch(/badge bad">Failing/);
  expect(page).toContain(hostOf());
  for (const html of [seen, page]) {
    expect(html).toContain('Answered, but not 2xx');
    expect(html).not.toContain('with-a-secret-path');
  }
  expect(await metric('rescind_webhook_endpoints{health="failing"}')).toBe(1);

  await service.ctx.store.webhookEndpoints.change(company.id, endpoint.endpointId, {
    enabled: false,
    disabled_reason: 'gone',
    disabled_at: service.ctx.now(),
  });
  expect((await look(service, `/companies/${company.id}`)).html).toContain('answered 410');
  await health((html) => html.includes('id="looks"') && !html.includes(named));
  expect(await metric('rescind_webhook_endpoints{health="failing"}')).toBe(0);
  expect(await metric('rescind_webhook_endpoints{health="disabled"}')).toBe(1);
});

test('a search finds an endpoint and a delivery by their ids', async () => {
  await makeCertificate(service.ctx, company);
  await tellNow(service.ctx);
  const [one] = await deliveries();
  for (const [id, name] of [
    [endpoint.endpointId, 'Webhook endpoint'],
    [one!._id, 'Webhook delivery'],
  ] as const) {
    const { html } = await look(service, `/search?q=${id}`);
    expect(html).toContain(name);
    expect(html).toContain(`href="${PAGES}/companies/${company.id}#webhooks"`);
    expect(html).not.toContain('with-a-secret-path');
  }
});

test('what is due and taken by no worker is told after a minute, unless its endpoint fails', async () => {
  const { ctx } = service;
  await makeCertificate(ctx, company);
  const ids = await ctx.store.webhookEvents.findPending(new Date('2100-01-01'), ctx.now(), 500);
  await fanOutEvents({ ctx, region: 'default', ids });
  const [one] = await deliveries();
  const due = new Date(ctx.now().getTime() - 2 * MINUTE_MS);
  await collections(ctx).webhookDeliveries.updateOne({ _id: one!._id }, { $set: { next_at: due } });
  const late = () => findLateDeliveries({ ctx });

  expect(await late()).toMatchObject({ untaken: 1, takenSeconds: 0 });
  expect((await late()).untakenSeconds).toBeGreaterThanOrEqual(120);
  expect(await metric('rescind_webhook_oldest_due_seconds{work="untaken"}')).toBeGreaterThan(119);

  const lease = leaseOf(endpoint.endpointId);
  await ctx.store.leases.take(lease, 'a worker', MINUTE_MS);
  expect(await late()).toMatchObject({ untaken: 0, untakenSeconds: 0 });
  expect((await late()).takenSeconds).toBeGreaterThanOrEqual(120);
  await ctx.store.leases.giveBack(lease, 'a worker');

  await ctx.store.webhookEndpoints.failed(endpoint.endpointId, 'status', ctx.now());
  expect(await late()).toEqual({ untaken: 0, untakenSeconds: 0, takenSeconds: 0 });
});
