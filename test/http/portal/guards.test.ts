import type { Context } from '../../../src/context';
import { sealToken } from '../../../src/lib/sealed-token';
import { collections, database } from '../../helpers/collections';
import { makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Mailbox, startMailbox } from '../../helpers/mailbox';
import { type Service, startService } from '../../helpers/service';
import { giveBack, testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { submit } from './forms';

let service: Service;
let ctx: Context;
let company: TestCompany;

async function start(settings: Record<string, string> = {}) {
  service = await startService(testConfig({ OPT_OUT_RATE_PER_MINUTE: '1000', ...settings }));
  ({ ctx } = service);
  company = await makeCompany(ctx);
}

afterEach(async () => {
  await service.close();
  await giveBack(ctx.config);
});

const find = (identifier: string, more: Record<string, string> = {}) =>
  submit(service, '/opt-out/find', { identifier, ...more });

const confirm = (token: string) => submit(service, '/opt-out/confirm', { token });

const isRevoked = async (id: string) =>
  (await ctx.store.certificates.find(company.id, id))!.opt_out.revoke;

/** Replaces what differs from visitor to visitor. */
const normal = (html: string) =>
  html
    .replace(/value="[\w-]{60,}"/g, 'value="token"')
    .replace(/done\/[\w-]{60,}/g, 'done/token')
    .replace(/RSC(-[0-9A-Z]{4}){3}/g, 'reference')
    .replace(/<time.*?<\/time>/gs, 'time');

test('blind: known and unknown people see the same in every step', async () => {
  await start({ PORTAL_MODE: 'blind' });
  const { id } = await makeCertificate(ctx, company, { email: 'familiar@example.com' });
  const known = await find('familiar@example.com');
  const unknown = await find('stranger@example.com');
  expect(normal(known.html)).toBe(normal(unknown.html));
  expect(known.token).toHaveLength(unknown.token.length);
  const [doneKnown, doneUnknown] = [await confirm(known.token), await confirm(unknown.token)];
  expect(doneKnown.heading).toBe('Your consent has been revoked');
  expect(normal(doneKnown.html)).toBe(normal(doneUnknown.html));
  expect(doneKnown.html).toHaveLength(doneUnknown.html.length);
  expect(await isRevoked(id)).toBe(true);
});

test('code: five tries, a hash in the database, no mail and the same page for strangers', async () => {
  const mailbox: Mailbox = await startMailbox();
  await start({ PORTAL_MODE: 'code', SMTP_URL: mailbox.url, MAIL_FROM: 'Us <us@example.com>' });
  const { id } = await makeCertificate(ctx, company, { email: 'known@example.com' });
  const stranger = await find('strange@example.com');
  const page = await find('known@example.com');
  expect(normal(page.html)).toBe(normal(stranger.html));
  const mail = await until('the mail', () => mailbox.mails[0]);
  expect(mail.to).toEqual(['known@example.com']);
  expect(mail.raw).toContain('From: Us <us@example.com>');
  const code = /Your code is (\d{6})/.exec(mail.raw)![1]!;
  const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
  const stored = await database(ctx).collection('portal_codes').find().toArray();
  expect(stored).toHaveLength(2);
  expect(JSON.stringify(stored)).not.toMatch(new RegExp(`${code}|example`));

  const tryCode = (text: string) =>
    submit(service, '/opt-out/code', { token: page.token, code: text });
  for (let i = 0; i < 4; i++) expect((await tryCode(wrong)).html).toContain('This is not the code');
  expect((await tryCode(wrong)).html).toContain('no longer valid');
  expect((await tryCode(code)).html).toContain('no longer valid');
  // Mail does not reach a phone number, which needs no code either.
  expect((await find('415 555 0100')).heading).toBe('Revoke consent');
  expect((await confirm(page.token)).heading).toBe('Your consent has been revoked');
  expect(await isRevoked(id)).toBe(true);
  expect(mailbox.mails).toHaveLength(1);
  await mailbox.close();
});

test('a right code works once, and shows and revokes only the person’s own consents', async () => {
  const mailbox = await startMailbox();
  await start({ PORTAL_MODE: 'code', SMTP_URL: mailbox.url });
  const mine = await makeCertificate(ctx, company, { email: 'known@example.com' });
  const foreign = await makeCertificate(ctx, company, { email: 'other@example.com' });
  const { token } = await find('known@example.com');
  const mail = await until('the mail', () => mailbox.mails[0]);
  const code = /Your code is (\d{6})/.exec(mail.raw)![1]!;
  const list = await submit(service, '/opt-out/code', { token, code });
  expect(list.html).toContain(mine.id);
  expect(list.html).not.toContain(foreign.id);
  const again = await submit(service, '/opt-out/code', { token, code });
  expect(again.html).toContain('no longer valid');
  const choice = [
    ['token', list.token],
    ['consent_id', foreign.id],
  ] as [string, string][];
  await submit(service, '/opt-out/confirm', choice);
  expect([await isRevoked(mine.id), await isRevoked(foreign.id)]).toEqual([false, false]);
  await submit(service, '/opt-out/confirm', [...choice, ['consent_id', mine.id]]);
  expect([await isRevoked(mine.id), await isRevoked(foreign.id)]).toEqual([true, false]);
  await mailbox.close();
});

test('tokens that are changed, expired or of another kind revoke nothing', async () => {
  await start();
  const { id } = await makeCertificate(ctx, company, { email: 'a@example.com' });
  const { token } = await find('a@example.com');
  const state = {
    identifier: { kind: 'email', value: 'a@example.com' },
    companyId: null,
    requestId: 'r',
    shown: 'masked',
  };
  const keys = ctx.config.identifierKeys;
  const soon = new Date(Date.now() + 60_000);
  const bad = [
    '',
    `${token.slice(0, -4)}AAAA`,
    sealToken(keys, 'portal form', state, new Date(0)),
    sealToken(keys, 'one-click', state, soon),
    sealToken(keys, 'portal form', { ...state, shown: 'everything' }, soon),
  ];
  for (const one of bad) {
    expect(await confirm(one)).toMatchObject({ status: 400, heading: 'Start again' });
  }
  expect(await isRevoked(id)).toBe(false);
});

test('look-ups are limited per IP, with the seconds to wait', async () => {
  await start({ OPT_OUT_RATE_PER_MINUTE: '2' });
  await find('a@example.com');
  await find('b@example.com');
  const page = await find('c@example.com');
  expect(page).toMatchObject({ status: 429, heading: 'Too many tries' });
  expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(page.html).toContain('<a href="/opt-out">Start again</a>');
  const forged = await submit(
    service,
    '/opt-out/find',
    { identifier: 'c@example.com' },
    { 'x-forwarded-for': '203.0.113.9' },
  );
  expect(forged.status).toBe(429);
});

test('a person who is looked up too often is shown no more, and can still be revoked', async () => {
  await start();
  const { id } = await makeCertificate(ctx, company, { email: 'a@example.com' });
  for (let i = 0; i < 20; i++) expect((await find('a@example.com')).heading).toContain('We found');
  const page = await find(' A@example.com');
  expect(page).toMatchObject({ status: 200, heading: 'Revoke consent' });
  expect((await find('b@example.com')).heading).toBe('We found no consent');
  await confirm(page.token);
  expect(await isRevoked(id)).toBe(true);
  const keys = await ctx.queues.redis.keys(`${ctx.config.redisPrefix}:rate:portal*`);
  expect(keys.length).toBeGreaterThan(0);
  expect(keys.join()).not.toContain('example');
});

test('everything works while Redis is away', async () => {
  await start({ REDIS_URL: 'redis://127.0.0.1:1' });
  const { id } = await makeCertificate(ctx, company, { email: 'a@example.com' });
  await confirm((await find('a@example.com')).token);
  expect(await isRevoked(id)).toBe(true);
});

test('two clicks at once are one request', async () => {
  await start();
  const { id } = await makeCertificate(ctx, company, { email: 'a@example.com' });
  const { token } = await find('a@example.com');
  const pages = await Promise.all([confirm(token), confirm(token), confirm(token)]);
  const references = pages.map(({ html }) => /RSC(-[0-9A-Z]{4}){3}/.exec(html)![0]);
  expect(new Set(references).size).toBe(1);
  for (const { html } of pages) expect(html).toContain('One consent was revoked');
  expect(await collections(ctx).revocations.countDocuments({ certificate_ids: id })).toBe(1);
});

test('every company’s revocation is written down before the first is carried out', async () => {
  await start();
  const { id } = await makeCertificate(ctx, company, { email: 'a@example.com' });
  // More than are worked on at the same time.
  for (let i = 0; i < 6; i++) {
    await makeCertificate(ctx, await makeCompany(ctx), { email: 'a@example.com' });
  }
  const { token } = await find('a@example.com');
  ctx.reach = (step) =>
    step.endsWith('.recording') ? Promise.resolve() : Promise.reject(new Error('the process dies'));
  expect((await confirm(token)).status).toBe(500);
  const { revocations, certificates } = collections(ctx);
  const flags = () => certificates.countDocuments({ 'opt_out.revoke': true });
  expect(await flags()).toBe(0);
  expect(await revocations.countDocuments({ state: 'recorded' })).toBe(7);
  ctx.reach = () => Promise.resolve();
  // Consent given since is new, and not what the form was about.
  const later = await makeCertificate(ctx, company, { email: 'a@example.com' });
  expect((await confirm(token)).html).toContain('7 consents were revoked');
  expect([await isRevoked(id), await isRevoked(later.id)]).toEqual([true, false]);
  expect(await flags()).toBe(7);
  expect(await revocations.countDocuments()).toBe(7);
});

test('reading changes nothing', async () => {
  await start();
  const { id } = await makeCertificate(ctx, company, { email: 'a@example.com' });
  const { token } = await find('a@example.com');
  for (const path of ['find?identifier=a@example.com', `confirm?token=${token}`, 'code']) {
    const response = await fetch(`${service.url}/opt-out/${path}`, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/opt-out']);
  }
  expect(await isRevoked(id)).toBe(false);
});

test('look-ups read what they show and no more', async () => {
  await start();
  for (let i = 0; i < 30; i++)
    await makeCertificate(ctx, company, { email: `p${String(i)}@example.com` });
  const db = database(ctx);
  await db.command({ profile: 2 });
  await confirm((await find('p7@example.com')).token);
  await db.command({ profile: 0 });
  const reads = await db
    .collection('system.profile')
    .find({ ns: /certificates$/ })
    .toArray();
  expect(reads.length).toBeGreaterThan(2);
  for (const { docsExamined = 0 } of reads) expect(docsExamined).toBeLessThan(3);
});
