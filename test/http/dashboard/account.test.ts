import { makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { type Browser, signedInBrowser } from './scriptless-browser';

const ACCOUNT = '/dashboard/settings/account';
const PATH = `${ACCOUNT}/time-zone`;

let service: Service;
let company: TestCompany;
let browser: Browser;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
  browser = await signedInBrowser(service, company);
});

/** The zone in which a page with times writes them. */
const zoneOf = async (who: Browser, headers?: Record<string, string>) =>
  /<time [^>]*title="[^"]*? (\S+)">/.exec(
    (await who.get('/dashboard/properties', headers)).html,
  )?.[1];

test('everybody chooses the zone of their own times; without, it is that of their browser', async () => {
  const viewer = await signedInBrowser(service, company, 'viewer');
  expect((await browser.get(ACCOUNT)).html).toContain(
    '<option value="" selected>As in the browser',
  );
  const saved = await viewer.post(PATH, { time_zone: 'Asia/Kolkata' });
  expect(saved.location).toBe(`${ACCOUNT}?saved=zone`);
  expect((await viewer.get(ACCOUNT)).html).toContain('<option value="Asia/Kolkata" selected>');
  expect(await zoneOf(viewer)).toBe('GMT+5:30');
  expect(await zoneOf(browser)).toBe('UTC');
  const noted = { cookie: `${viewer.cookie()}; rescind_zone=Asia%2FTokyo` };
  expect(await zoneOf(viewer, noted)).toBe('GMT+5:30');
  await viewer.post(PATH, { time_zone: '' });
  expect(await zoneOf(viewer, noted)).toBe('GMT+9');
});

test('what is no time zone is refused beside the field, and nothing is stored or audited', async () => {
  await browser.post(PATH, { time_zone: 'UTC' });
  const before = await service.ctx.store.audit.list(company.id, {}, { limit: 1 });
  for (const time_zone of ['Mars/Olympus', 'UTC"><b>', 'x'.repeat(5_000)]) {
    const reply = await browser.post(PATH, { time_zone });
    expect(reply.status).toBe(400);
    expect(reply.html).toContain('id="time_zone-error"');
    expect(reply.html).toContain('<option value="UTC" selected>');
  }
  const after = await service.ctx.store.audit.list(company.id, {}, { limit: 1 });
  expect(after.items).toEqual(before.items);
});
