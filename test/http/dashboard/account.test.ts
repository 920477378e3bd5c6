import { makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { actions, makeUser, PASSWORD } from '../../core/users/scene';
import { type Browser, openBrowser, signedInBrowser } from './scriptless-browser';

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

describe('sessions', () => {
  const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0';
  const IPHONE =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';

  /** Two browsers of one person. */
  const both = async () => {
    const { email } = await makeUser(service.ctx, company, 'viewer');
    const signIn = async (userAgent: string) => {
      const one = openBrowser(service);
      const headers = { 'user-agent': userAgent };
      await one.post('/dashboard/login', { email, password: PASSWORD }, headers);
      return one;
    };
    return { email, desk: await signIn(FIREFOX), phone: await signIn(IPHONE) };
  };
  const isIn = async (who: Browser) => (await who.get(ACCOUNT)).status === 200;
  const endsIn = (html: string) =>
    [...html.matchAll(/action="([^"]+\/sessions\/[^"]+\/end)"/g)].map((match) => match[1]!);

  test('are listed in words, and one is ended by itself', async () => {
    const { desk, phone } = await both();
    const { html } = await desk.get(ACCOUNT);
    expect(html).toMatch(/Firefox on Windows <span class="muted">\(this one\)/);
    expect(html).toContain('Safari on iPhone');
    expect(html).toContain('127.0.0.1');
    const [end = '', ...more] = endsIn(html);
    expect(more).toEqual([]);
    // Somebody else's form ends nothing.
    await browser.post(end, {});
    expect(await isIn(phone)).toBe(true);
    expect((await desk.post(end, {})).location).toBe(`${ACCOUNT}?saved=session`);
    expect(await isIn(phone)).toBe(false);
    expect(await isIn(desk)).toBe(true);
    await desk.post(end, {});
    const all = await actions(service.ctx, company);
    expect(all.filter((one) => one === 'user.session_ended')).toHaveLength(1);
  });

  test('end everywhere at once', async () => {
    const { desk, phone } = await both();
    expect((await desk.get(ACCOUNT)).html).toContain('Sign out everywhere');
    const out = await desk.post(`${ACCOUNT}/sign-out-everywhere`, {});
    expect((await desk.get(out.location ?? '')).html).toContain('You were signed out everywhere');
    for (const one of [desk, phone]) expect(await isIn(one)).toBe(false);
    expect(await isIn(browser)).toBe(true);
    const { items } = await service.ctx.store.audit.list(company.id, {}, { limit: 1 });
    expect(items[0]).toMatchObject({ action: 'user.signed_out_everywhere', reason: '2 sessions' });
  });

  test('of other browsers end when the password changes; this one keeps its name', async () => {
    const { desk, phone } = await both();
    await desk.get(ACCOUNT);
    const next = 'four unrelated words here';
    await desk.post(ACCOUNT, { current: PASSWORD, next });
    expect(await isIn(phone)).toBe(false);
    expect((await desk.get(ACCOUNT)).html).toContain('Firefox on Windows');
  });

  test('show what cannot be read as it is, and no markup', async () => {
    const { email } = await makeUser(service.ctx, company);
    const odd = openBrowser(service);
    const headers = { 'user-agent': `<script>alert(1)</script>${'x'.repeat(2_000)}` };
    await odd.post('/dashboard/login', { email, password: PASSWORD }, headers);
    const { html } = await odd.get(ACCOUNT);
    expect(html).toContain('Unknown browser');
    expect(html).not.toContain('alert(1)');
  });
});
