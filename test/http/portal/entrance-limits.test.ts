import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { operatorClient } from '../../helpers/operator';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { shown, submit } from './forms';

/** A Tuesday. */
const START = Date.UTC(2026, 10, 24, 12);
const clock = { ms: START };

let service: Service;
beforeAll(async () => {
  const config = testConfig({ TRUST_PROXY: '1', OPT_OUT_RATE_PER_MINUTE: '1000' });
  service = await startService(config, { now: () => clock.ms });
});
afterAll(() => service.close());

const operator = operatorClient(() => service);
const limited = (limits: Record<string, number>) =>
  makeCompany(service.ctx, { settings: { limits } });

let ips = 0;
/** From an address that nothing else has come from. */
const fresh = () => {
  ips += 1;
  return { 'x-forwarded-for': `198.18.${String(ips >> 8)}.${String(ips & 255)}` };
};

async function link(of: TestCompany, email: string, at = service): Promise<string> {
  const { body } = await at.post('/opt-out/links', { email }, { token: of.token });
  return body.url as string;
}
const click = async (url: string, headers: Record<string, string> = fresh()) => {
  const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
  return shown(await fetch(url, { method: 'POST', headers, body }));
};
const open = async (url: string, headers = fresh()) => shown(await fetch(url, { headers }));
const find = (of: TestCompany) =>
  submit(service, '/opt-out/find', { identifier: 'jo@example.com', company: of.id }, fresh());

test('operators set them per company, and take them back', async () => {
  const company = await makeCompany(service.ctx);
  const limits = {
    event_streams: 5,
    portal_per_minute: 6,
    one_click_per_minute: 7,
    link_opens_per_minute: 8,
  };
  const path = `/companies/${company.id}`;
  expect((await operator('PATCH', path, { limits })).body.limits).toEqual(limits);
  const removed = await operator('PATCH', path, { limits: { portal_per_minute: null } });
  expect(removed.body.limits).not.toHaveProperty('portal_per_minute');
});

test('a company’s one-click links are limited, in words, and those of others are not', async () => {
  const [company, other] = [await limited({ one_click_per_minute: 2 }), await limited({})];
  const email = 'one@example.com';
  const { id } = await makeCertificate(service.ctx, company, { email });
  for (const name of ['a', 'b']) {
    expect((await click(await link(company, `${name}@example.com`))).status).toBe(200);
  }
  const mine = await link(company, email);
  const refused = await click(mine);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60']);
  expect(refused.heading).toBe('Too many tries');
  expect((await click(await link(other, email))).status).toBe(200);
  clock.ms += 60_000;
  expect((await click(mine)).status).toBe(200);
  const stored = await service.ctx.store.certificates.find(company.id, id);
  expect(stored?.opt_out.revoke).toBe(true);
});

test('one person’s link cannot use up what the company’s others have', async () => {
  const company = await limited({ one_click_per_minute: 11 });
  const url = await link(company, 'again@example.com');
  const statuses = [];
  for (let n = 0; n < 15; n++) statuses.push((await click(url)).status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(10);
  expect((await click(await link(company, 'someone-else@example.com'))).status).toBe(200);
});

test('opening a company’s links is limited; who has begun on the portal may finish', async () => {
  const company = await limited({ link_opens_per_minute: 2, portal_per_minute: 1 });
  await makeCertificate(service.ctx, company, { email: 'jo@example.com' });
  const url = await link(company, 'jo@example.com');
  const form = `${service.url}/opt-out?company=${company.id}`;
  expect([(await open(url)).status, (await open(form)).status]).toEqual([200, 200]);
  expect([(await open(url)).status, (await open(form)).status]).toEqual([429, 429]);
  const found = await find(company);
  expect(found.status).toBe(200);
  expect((await find(company)).status).toBe(429);
  const { token } = found;
  const done = await submit(service, '/opt-out/confirm', { token, scope: 'company' }, fresh());
  expect(done.heading).toBe('Your consent has been revoked');
});

test('one address can open 300 links a minute, and try 60 that are wrong', async () => {
  const url = await link(await limited({}), 'jo@example.com');
  const one = fresh();
  const statuses = async (times: number, send: () => Promise<{ status: number }>) => {
    const seen = [];
    for (let n = 0; n < times; n++) seen.push((await send()).status);
    return seen;
  };
  const opened = await statuses(302, () => open(url, one));
  expect([opened.indexOf(429), opened.lastIndexOf(200)]).toEqual([300, 299]);
  const two = fresh();
  const wrong = await statuses(62, () => click(`${service.url}/opt-out/one-click/wrong`, two));
  expect([wrong.indexOf(429), wrong.lastIndexOf(404)]).toEqual([60, 59]);
  // Mail providers send the right ones of many people from one address.
  expect((await click(url, two)).status).toBe(200);
});

test('without Redis people still opt out, and the limits hold', async () => {
  const alone = await startService(testConfig({ REDIS_URL: 'redis://127.0.0.1:1' }));
  try {
    const company = await makeCompany(alone.ctx, {
      settings: { limits: { one_click_per_minute: 1 } },
    });
    const { id } = await makeCertificate(alone.ctx, company, { email: 'jo@example.com' });
    expect((await click(await link(company, 'jo@example.com', alone), {})).status).toBe(200);
    const stored = await alone.ctx.store.certificates.find(company.id, id);
    expect(stored?.opt_out.revoke).toBe(true);
    expect((await click(await link(company, 'b@example.com', alone), {})).status).toBe(429);
    const body = { company_id: company.id, email: 'jo@example.com' };
    expect((await alone.post('/opt-out', body)).status).toBe(200);
  } finally {
    await alone.close();
  }
});
