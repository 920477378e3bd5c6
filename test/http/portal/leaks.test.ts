import type { Context } from '../../../src/context';
import { evenly } from '../../../src/core/portal/evenly';
import { database } from '../../helpers/collections';
import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Mailbox, startMailbox } from '../../helpers/mailbox';
import { type Service, startService } from '../../helpers/service';
import { giveBack, testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { submit } from './forms';

jest.mock('../../../src/core/portal/evenly', () => {
  const actual = jest.requireActual<{ evenly: typeof evenly }>('../../../src/core/portal/evenly');
  return { evenly: jest.fn(actual.evenly) };
});

const KNOWN = 'known@example.com';
const CODE_SECONDS = 600;
let mailbox: Mailbox;
let service: Service;
let ctx: Context;
let company: TestCompany;

beforeAll(async () => {
  mailbox = await startMailbox();
});
afterEach(async () => {
  mailbox.mails.length = 0;
  jest.mocked(evenly).mockClear();
  await service.close();
  await giveBack(ctx.config);
});
afterAll(() => mailbox.close());

async function start(settings: Record<string, string>) {
  service = await startService(testConfig({ OPT_OUT_RATE_PER_MINUTE: '1000', ...settings }));
  ({ ctx } = service);
  company = await makeCompany(ctx, { settings: { name: 'First Corp' } });
  return makeCertificate(ctx, company, { email: KNOWN });
}

const find = (identifier: string, more: Record<string, string> = {}) =>
  submit(service, '/opt-out/find', { identifier, ...more });
const confirm = (token: string) => submit(service, '/opt-out/confirm', { token });
const tryCode = (token: string, code: string, headers = {}) =>
  submit(service, '/opt-out/code', { token, code }, headers);
const isRevoked = async (id: string) =>
  (await ctx.store.certificates.find(company.id, id))!.opt_out.revoke;
const mailedCode = async () => {
  const mail = await until('the mail', () => mailbox.mails.shift());
  return /Your code is (\d{6})/.exec(mail.raw)![1]!;
};
const inCodeMode = () => start({ PORTAL_MODE: 'code', SMTP_URL: mailbox.url });

test.each(['blind', 'code'])('%s: no answer waits for a look-up of the person', async (mode) => {
  await start({ PORTAL_MODE: mode, SMTP_URL: mailbox.url });
  const lookUps = Object.keys(ctx.store.people) as (keyof typeof ctx.store.people)[];
  for (const name of lookUps) {
    jest.spyOn(ctx.store.people, name).mockReturnValue(new Promise<never>(() => undefined));
  }
  const page = await find(KNOWN);
  expect([page.status, page.heading]).toEqual([
    200,
    mode === 'code' ? 'Enter your code' : 'Revoke consent',
  ]);
});

test.each([
  ['blind', 1],
  ['code', 1],
  ['masked', 0],
])(
  '%s: revoking without having been shown anything is answered at even intervals',
  async (mode, times) => {
    const { id } = await start({ PORTAL_MODE: mode, SMTP_URL: mailbox.url });
    await confirm((await find(KNOWN)).token);
    expect(await isRevoked(id)).toBe(true);
    expect(evenly).toHaveBeenCalledTimes(times);
    if (times > 0) expect(evenly).toHaveBeenCalledWith(1_000, expect.any(Function));
  },
);

test('a code is good for ten minutes', async () => {
  await inCodeMode();
  const codes = database(ctx).collection('portal_codes');
  const before = Date.now();
  const { token } = await find(KNOWN);
  const lifeMs = CODE_SECONDS * 1_000;
  const [stored] = await codes.find().toArray();
  const { expires_at } = stored as unknown as { expires_at: Date };
  expect(expires_at.getTime()).toBeGreaterThanOrEqual(before + lifeMs);
  expect(expires_at.getTime()).toBeLessThanOrEqual(Date.now() + lifeMs);
  const code = await mailedCode();
  // MongoDB may take a minute to remove what has expired.
  await codes.updateOne({}, { $set: { expires_at: new Date() } });
  expect((await tryCode(token, code)).html).toContain('no longer valid');
});

test('a person gets five codes an hour, and needs none to revoke', async () => {
  const { id } = await inCodeMode();
  for (let i = 0; i < 5; i++) expect((await find(KNOWN)).heading).toBe('Enter your code');
  const sixth = await find(` ${KNOWN.toUpperCase()}`);
  expect(sixth.heading).toBe('Revoke consent');
  expect((await find('other@example.com')).heading).toBe('Enter your code');
  await confirm(sixth.token);
  expect(await isRevoked(id)).toBe(true);
  await until('five mails', () => mailbox.mails.length === 5);
});

test('a mail that cannot be sent is logged without its address, and keeps nobody from revoking', async () => {
  const { id } = await start({ PORTAL_MODE: 'code', SMTP_URL: 'smtp://127.0.0.1:1' });
  const logged = jest.spyOn(ctx.log, 'error');
  const { heading, token } = await find(KNOWN);
  expect(heading).toBe('Enter your code');
  const call = await until('the log', () => logged.mock.calls[0]);
  const details = { mail_id: expect.any(String), error: expect.any(Object) };
  expect(call).toEqual([details, 'a mail could not be sent']);
  expect(JSON.stringify(call)).not.toContain('example');
  await confirm(token);
  expect(await isRevoked(id)).toBe(true);
});

test('later steps are limited per IP, too', async () => {
  const { id } = await start({ OPT_OUT_RATE_PER_MINUTE: '1' });
  const { token } = await find(KNOWN);
  for (let i = 0; i < 3; i++) expect((await tryCode('x', '000000')).status).toBe(400);
  for (const page of [await tryCode('x', '000000'), await confirm(token)]) {
    expect(page).toMatchObject({ status: 429, heading: 'Too many tries' });
    expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect(await isRevoked(id)).toBe(false);
});

test('the link’s company alone is ticked in the list; with Global Privacy Control everything is', async () => {
  await inCodeMode();
  const second = await makeCompany(ctx, { settings: { name: 'Second Corp' } });
  await makeCertificate(ctx, second, { email: KNOWN });
  const ticked = async (headers: Record<string, string>) => {
    const { token } = await find(KNOWN, { company: company.id });
    const { html } = await tryCode(token, await mailedCode(), headers);
    const boxes = [...html.matchAll(/<label>(<input type="checkbox"[^>]*>) <span>(\w+ Corp)/g)];
    expect(boxes).toHaveLength(2);
    return boxes.filter(([, box]) => box!.includes(' checked')).map(([, , name]) => name);
  };
  expect(await ticked({})).toEqual(['First Corp']);
  expect((await ticked({ 'sec-gpc': '1' })).sort()).toEqual(['First Corp', 'Second Corp']);
});

test('a link that names nobody is like one without a name', async () => {
  await start({});
  const plain = await service.get('/opt-out');
  for (const query of ['company=nobody', 'company=', 'company=a&company=b', 'company[$ne]=x']) {
    const page = await service.get(`/opt-out?${query}`);
    expect([page.status, page.body]).toEqual([200, plain.body]);
  }
});
