import { finishConsentRevocations } from '../../../src/core/consents/finish-consent-revocations';
import { modifyConsent } from '../../../src/core/consents/modify-consent';
import { registerConsent } from '../../../src/core/consents/register-consent';
import type { Context } from '../../../src/context';
import { revokeConsents } from '../../../src/core/portal/revoke-consents';
import { makeConsent } from '../../core/consents/scene';
import { collections, database } from '../../helpers/collections';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Mailbox, startMailbox } from '../../helpers/mailbox';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';
import { until } from '../../helpers/until';
import { submit } from './forms';

let service: Service;
let mailbox: Mailbox;
let ctx: Context;
let first: TestCompany;
let second: TestCompany;

beforeAll(async () => {
  mailbox = await startMailbox();
  service = await startService(testConfig({ OPT_OUT_RATE_PER_MINUTE: '1000' }));
  ({ ctx } = service);
  first = await makeCompany(ctx, { balanceMicrousd: 0 });
  second = await makeCompany(ctx);
});

afterAll(async () => {
  await service.close();
  await mailbox.close();
});

const find = (identifier: string, more: Record<string, string> = {}) =>
  submit(service, '/opt-out/find', { identifier, ...more });

const confirm = (token: string, more: Record<string, string> = {}) =>
  submit(service, '/opt-out/confirm', { token, ...more });

const subjectOf = (email: string | null, mobile: string | null = null) => {
  return { subject: { email, mobile, ref: null } };
};

const statusOf = async (company: TestCompany, consentId: string) => {
  const { consents } = ctx.store;
  const newest = await ctx.store.transaction((session) =>
    consents.newest(company.id, 'attestr', consentId, session),
  );
  return newest!.status;
};

const entriesOf = async (company: TestCompany) => {
  const { items } = await ctx.store.audit.list(
    company.id,
    { action: 'consent.revoked' },
    { limit: 50 },
  );
  return items;
};

test('consents of the Attestr dialect are found and revoked with certificates, at no cost', async () => {
  const email = 'both@example.com';
  const certificate = await makeCertificate(ctx, first, { email });
  const one = await makeConsent(ctx, first.id, subjectOf('Both@Example.com'));
  const two = await makeConsent(ctx, second.id, subjectOf(email));
  const other = await makeConsent(ctx, second.id, subjectOf('other@example.com'));
  const page = await find(email);
  expect(page.heading).toBe('We found 3 consents');
  // One line, as all are from one month.
  expect(page.html.match(/<li>/g)).toHaveLength(1);

  const done = await confirm(page.token);
  expect(done.html).toContain('3 consents were revoked.');
  expect(await statusOf(first, one)).toBe('revoked');
  expect(await statusOf(second, two)).toBe('revoked');
  expect(await statusOf(second, other)).toBe('granted');
  const { opt_out } = (await ctx.store.certificates.find(first.id, certificate.id))!;
  expect(opt_out.revoke).toBe(true);
  const reference = /RSC(-[0-9A-Z]{4}){3}/.exec(done.html)![0];
  expect(await entriesOf(first)).toMatchObject([
    {
      method: 'consumer_portal',
      actor: { type: 'consumer' },
      reason: `Consumer portal, reference ${reference}`,
      consents: [one],
    },
  ]);
  const [entry] = await entriesOf(second);
  expect(entry).toMatchObject({ consents: [two] });

  await confirm(page.token);
  expect(await entriesOf(second)).toHaveLength(1);
  expect((await find(email)).heading).toBe('Already revoked');
  const { revocation_id } = (await collections(ctx).consents.findOne({
    consent_id: two,
    version: 1,
  }))!;
  await finishConsentRevocations({ ctx, region: 'default', revocationIds: [revocation_id!] });
  expect((await service.get('/wallet', { token: second.token })).body).toMatchObject({
    balance_microusd: 10_000_000,
    available_microusd: 10_000_000,
  });
});

test('a consent is found by phone and by its id, and within one company', async () => {
  const mobile = '+14155550188';
  const one = await makeConsent(ctx, first.id, subjectOf(null, mobile));
  const two = await makeConsent(ctx, second.id, subjectOf(null, mobile));
  expect((await find('(415) 555-0188')).heading).toBe('We found 2 consents');
  const page = await find(mobile, { company: second.id });
  await confirm(page.token, { scope: 'company' });
  expect([await statusOf(first, one), await statusOf(second, two)]).toEqual(['granted', 'revoked']);
  const byId = await find(one);
  expect(byId.heading).toBe('We found one consent');
  await confirm(byId.token);
  expect(await statusOf(first, one)).toBe('revoked');
});

test('a consent that was changed is found by what it says now', async () => {
  const consentId = await makeConsent(ctx, first.id, subjectOf('wrong@example.com'));
  await modifyConsent({
    ctx,
    region: 'default',
    companyId: first.id,
    caller: CALLER,
    consentId,
    change: { subject: { email: 'right@example.com' } },
  });
  const wrong = await find('wrong@example.com');
  expect(wrong.heading).toBe('We found no consent');
  const page = await find('right@example.com');
  expect(page.heading).toBe('We found one consent');
  await confirm(page.token);
  expect(await statusOf(first, consentId)).toBe('revoked');
});

test('changed and revoked at the same time: it is revoked, with one audit entry', async () => {
  const email = 'race@example.com';
  const consentId = await makeConsent(ctx, first.id, subjectOf(email));
  const change = (purpose: string) =>
    modifyConsent({
      ctx,
      region: 'default',
      companyId: first.id,
      caller: CALLER,
      consentId,
      change: { purposes: [purpose] },
    });
  const revoke = () =>
    revokeConsents({
      ctx,
      identifier: { kind: 'email', value: email },
      scope: { kind: 'all' },
      requestId: 'race',
      via: 'Consumer portal',
      ip: '127.0.0.1',
      gpc: false,
    });
  const [, , result, again] = await Promise.all([
    change('a').catch(String),
    change('b').catch(String),
    revoke(),
    revoke(),
  ]);
  expect([result.revoked, again.revoked]).toEqual([1, 1]);
  expect(again.reference).toBe(result.reference);
  expect(await statusOf(first, consentId)).toBe('revoked');
  const named = (await entriesOf(first)).filter(({ consents }) => consents?.includes(consentId));
  expect(named).toHaveLength(1);
});

test('code: the list has both kinds, and what is not chosen stays', async () => {
  const email = 'list@example.com';
  const coded = await startService(testConfig({ PORTAL_MODE: 'code', SMTP_URL: mailbox.url }));
  try {
    const company = await makeCompany(coded.ctx);
    const by = {
      ctx: coded.ctx,
      region: 'default',
      companyId: company.id,
      caller: CALLER,
    } as const;
    const terms = { ...subjectOf(email), text: 'Yes.', retention_policy: null };
    const consent = await registerConsent({
      ...by,
      terms: { ...terms, purposes: ['<kyc>', 'ads'] },
    });
    const { token } = await submit(coded, '/opt-out/find', { identifier: email });
    // Sent although only a consent of this dialect is known.
    const mail = await until('the mail', () => mailbox.mails.shift());
    const certificate = await makeCertificate(coded.ctx, company, { email });
    const code = /Your code is (\d{6})/.exec(mail.raw)![1]!;
    const list = await submit(coded, '/opt-out/code', { token, code });
    expect(list.html).toContain('&lt;kyc&gt;, ads');
    expect(list.html).toContain(certificate.id);
    const choice: [string, string][] = [
      ['token', list.token],
      ['consent_id', consent._id],
    ];
    const done = await submit(coded, '/opt-out/confirm', choice);
    expect(done.html).toContain('One consent was revoked.');
    const { certificates } = coded.ctx.store;
    expect(await collections(coded.ctx).consents.countDocuments({ status: 'revoked' })).toBe(1);
    expect((await certificates.find(company.id, certificate.id))!.opt_out.revoke).toBe(false);
  } finally {
    await coded.close();
  }
});

test('more consents than a request can name are revoked in parts', async () => {
  const email = 'many@example.com';
  const original = await makeConsent(ctx, first.id, subjectOf(email));
  const [record] = await collections(ctx).consents.find({ consent_id: original }).toArray();
  const copies = Array.from({ length: 1_200 }, (_, i) => {
    const id = `${original}${String(i)}`;
    return { ...record!, _id: id, consent_id: id };
  });
  await collections(ctx).consents.insertMany(copies);
  const page = await find(email);
  expect(page.heading).toBe('We found 1201 consents');
  expect((await confirm(page.token)).html).toContain('1201 consents were revoked.');
  const names = (await entriesOf(first)).flatMap(({ consents }) => consents ?? []);
  const many = names.filter((id) => id.startsWith(original));
  expect([many.length, new Set(many).size]).toEqual([1_201, 1_201]);
});

test('a repeated request does not touch what was given since', async () => {
  const email = 'since@example.com';
  const before = await makeCertificate(ctx, first, { email });
  const only = await makeConsent(ctx, second.id, subjectOf(email));
  const { token } = await find(email);
  expect((await confirm(token)).html).toContain('2 consents were revoked.');
  const consents = [
    await makeConsent(ctx, first.id, subjectOf(email)),
    await makeConsent(ctx, second.id, subjectOf(email)),
  ];
  const after = await makeCertificate(ctx, second, { email });
  expect((await confirm(token)).html).toContain('2 consents were revoked.');
  expect(await statusOf(second, only)).toBe('revoked');
  expect(await statusOf(first, consents[0]!)).toBe('granted');
  expect(await statusOf(second, consents[1]!)).toBe('granted');
  const optOutOf = async (company: TestCompany, id: string) =>
    (await ctx.store.certificates.find(company.id, id))!.opt_out.revoke;
  expect([await optOutOf(first, before.id), await optOutOf(second, after.id)]).toEqual([
    true,
    false,
  ]);
});

test('a process that dies before the consents: the request sent again revokes them', async () => {
  const email = 'died@example.com';
  const ids = [
    await makeConsent(ctx, first.id, subjectOf(email)),
    await makeConsent(ctx, second.id, subjectOf(email)),
  ];
  const { token } = await find(email);
  const { reach } = ctx;
  ctx.reach = () => Promise.reject(new Error('the process dies'));
  expect((await confirm(token)).status).toBe(500);
  ctx.reach = reach;
  expect((await confirm(token)).html).toContain('2 consents were revoked.');
  expect([await statusOf(first, ids[0]!), await statusOf(second, ids[1]!)]).toEqual([
    'revoked',
    'revoked',
  ]);
});

test('a one-click link revokes the consents of its company', async () => {
  const email = 'link@example.com';
  const linked = await makeConsent(ctx, second.id, subjectOf(email));
  const other = await makeConsent(ctx, first.id, subjectOf(email));
  const { body } = await service.post('/opt-out/links', { email }, { token: second.token });
  const form = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
  const { status } = await fetch(body.url as string, { method: 'POST', body: form });
  expect(status).toBe(200);
  expect([await statusOf(second, linked), await statusOf(first, other)]).toEqual([
    'revoked',
    'granted',
  ]);
});

test('look-ups read what the person has, not the whole collection', async () => {
  for (let i = 0; i < 30; i++) {
    await makeConsent(ctx, first.id, subjectOf(`q${String(i)}@example.com`));
  }
  const db = database(ctx);
  await db.command({ profile: 2 });
  await confirm((await find('q7@example.com')).token);
  await db.command({ profile: 0 });
  const profile = db.collection('system.profile');
  const ours = { ns: /\.consents$/, op: { $in: ['query', 'command', 'getmore'] } };
  const reads = await profile.find(ours).toArray();
  expect(reads.length).toBeGreaterThan(2);
  for (const { docsExamined = 0 } of reads) expect(docsExamined).toBeLessThan(4);
});
