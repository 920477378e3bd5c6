import { findConsents } from '../../src/core/portal/find-consents';
import { readIdentifier } from '../../src/core/portal/identifier';
import { CONSENT, makeCertificate, makeCompany, type TestCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { testConfig } from '../helpers/settings';
import { makeKeyedCompany } from './key-pair';
import { submit } from './portal/forms';

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService(testConfig({ OPT_OUT_RATE_PER_MINUTE: '1000' }));
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
});

const capture = (more: Record<string, unknown>) =>
  service.post(
    '/certificates',
    {
      property_id: company.propertyId,
      session_id: 's1',
      origin: 'https://example.com/',
      consents: [{ type: 'terms', text: CONSENT }],
      ...more,
    },
    { token: company.token },
  );
const optOut = (more: Record<string, unknown>) =>
  service.post('/opt-out', { company_id: company.id, ...more });
const links = (more: Record<string, unknown>) =>
  service.post('/opt-out/links', more, { token: company.token });

describe('what is empty beside another identifier counts as absent', () => {
  test.each([null, '', '  ', '\u200b'])('%j', async (blank) => {
    const captured = await capture({ email: 'jo@example.com', mobile: blank });
    expect(captured.status).toBe(201);
    expect((await capture({ email: 'jo@example.com' })).body).toEqual(captured.body);
    const { id } = await makeCertificate(service.ctx, company, { mobile: '+14155550100' });
    const link = { certificate_id: blank, email: 'jo@example.com', mobile: blank };
    expect((await links(link)).status).toBe(200);
    const byEmail = await optOut({ certificate_id: blank, email: 'jo@example.com', mobile: blank });
    expect(byEmail.body.certificates).toEqual([captured.body.certificate_id]);
    const byMobile = await optOut({ email: blank, mobile: '415 555 0100' });
    expect(byMobile.body.certificates).toEqual([id]);
  });

  test('also in the Attestr dialect', async () => {
    const { attestr: headers } = await makeKeyedCompany(service.ctx);
    const register = (subject: object) =>
      service.post(
        '/api/v3/public/consent',
        { subject, purposes: ['calls'], text: CONSENT },
        { headers },
      );
    expect((await register({ email: '', mobile: null, ref: 'u1' })).status).toBe(200);
    expect((await register({ email: 'jo@example.com', mobile: ' ', ref: '' })).status).toBe(200);
    expect((await register({ email: '', mobile: null, ref: '' })).status).toBe(400);
  });

  test('but alone it is refused', async () => {
    for (const blank of [null, '', ' ']) {
      expect((await optOut({ email: blank, mobile: blank })).status).toBe(400);
      expect((await optOut({ certificate_id: blank })).status).toBe(400);
      expect((await links({ email: blank })).status).toBe(400);
    }
    const list = (query: string) => service.get(`/certificates?${query}`, { token: company.token });
    expect((await list('email=')).status).toBe(400);
    expect((await list('mobile=%20')).status).toBe(400);
  });
});

test('ids are trimmed wherever they stand, and lose what is invisible', async () => {
  const { id, sessionId } = await makeCertificate(service.ctx, company);
  const { token, ids } = company;
  for (const noisy of [` ${id}`, `${id} `, `${id}\n`, `\ufeff${id}`, `${id}\u200b`]) {
    const check = { ...ids, certificate_id: noisy, consent: CONSENT };
    expect((await service.post('/verify/match', check)).body).toMatchObject({ valid: true });
    const info = await service.post('/verify/certificate-info', { ...ids, certificate_id: noisy });
    expect(info.body).toMatchObject({ certificate_id: id });
    const path = `/certificates/${encodeURIComponent(noisy)}`;
    expect((await service.get(path, { token })).body).toMatchObject({ certificate_id: id });
    const audit = `/audit?certificate_id=${encodeURIComponent(noisy)}`;
    expect((await service.get(audit, { token })).body.entries).toHaveLength(1);
  }
  const session = `/certificates?session_id=${encodeURIComponent(` ${sessionId}\u200b `)}`;
  expect((await service.get(session, { token })).body.certificates).toHaveLength(1);
  const retained = { ...ids, session_id: `${sessionId} ` };
  expect((await service.post(`/verify/session/${company.id}`, retained)).status).toBe(200);
  const spaced = { company_id: ` ${company.id} `, property_id: `${company.propertyId} ` };
  const check = { ...spaced, certificate_id: id, consent: CONSENT };
  expect((await service.post('/verify/match', check)).status).toBe(200);
  const bulk = { certificate_ids: [`${id} `] };
  const revoked = await service.post('/revocations/bulk', bulk, { token });
  expect(revoked.body).toMatchObject({ revoked: 1, not_found: [] });
  const again = await optOut({ certificate_id: ` ${id} ` });
  expect(again.body).toMatchObject({ success: true, revoked: 0 });
});

test.each([
  ['\u0000jo@example.com', '\u0000+14155550100'],
  ['j\u0000o@example.com', '+1415\u00005550100'],
  ['jo@example.com\u0000', '+14155550100\u0000'],
])('NUL is refused in emails, phones and ids: %j, %j', async (email, mobile) => {
  for (const given of [{ email }, { mobile }]) {
    expect((await capture(given)).status).toBe(400);
    expect((await optOut(given)).status).toBe(400);
    expect((await links(given)).status).toBe(400);
    const query = new URLSearchParams(Object.entries(given)).toString();
    expect((await service.get(`/certificates?${query}`, { token: company.token })).status).toBe(
      400,
    );
  }
  expect((await optOut({ certificate_id: `EC-${email}` })).status).toBe(400);
  expect((await capture({ session_id: email })).status).toBe(400);
});

test('a number that needs its country says so, and is never taken for an American one', async () => {
  const american = await makeCertificate(service.ctx, company, { mobile: '+16123456780' });
  for (const mobile of ['612345678.0', '612345678', '06 12 34 56 78']) {
    const { status, body } = await optOut({ mobile });
    expect([status, body.details[0].path]).toEqual([400, 'mobile']);
    expect(body.details[0].message).toContain('country code');
  }
  const { body } = await service.get(`/certificates/${american.id}`, { token: company.token });
  expect(body.opt_out.revoke).toBe(false);
});

test('one address has one certificate, however its domain is written', async () => {
  const { body } = await capture({ email: 'zoe@bücher.example' });
  const again = await capture({ email: 'Zoe <ZOE@xn--bcher-kva.example>' });
  expect([again.status, again.body]).toEqual([201, body]);
});

describe('portal', () => {
  const find = (identifier: string, language = 'en') =>
    submit(service, '/opt-out/find', { identifier }, { 'accept-language': language });

  test.each([
    ['hello', 'This is not an email address'],
    ['jo@', 'Check the email address'],
    ['12', 'Check the phone number'],
    ['06 12 34 56 78', 'country code'],
    ['612345678.0', 'country code'],
  ])('says that it could not read %j, and why', async (typed, why) => {
    const { status, html } = await find(typed);
    expect(status).toBe(400);
    expect(html).toContain(`We could not read “${typed}”`);
    expect(html).toContain(why);
    expect((await find(typed, 'es')).html).toContain(`No hemos podido leer «${typed}»`);
  });

  test('shows what it could not read as text', async () => {
    const { html } = await find('<b>hello</b>');
    expect(html).not.toContain('<b>hello');
    expect(html).toContain('&lt;b&gt;hello');
    expect((await find('y'.repeat(500))).html).toContain(`${'y'.repeat(60)}…`);
  });

  test.each([
    '４１５ ５５５ ０１７７',
    '415\u2011555\u20130177',
    'tel:+1-415-555-0177',
    '415 555 0177 x12',
    '(+1) 415 555 0177',
    '4155550177.0',
  ])('finds a phone number typed as %j', async (typed) => {
    await makeCertificate(service.ctx, company, { mobile: '+14155550177' });
    expect((await find(typed)).token).not.toBe('');
    const identifier = readIdentifier(typed);
    if (typeof identifier === 'string') throw new Error(identifier);
    const found = await findConsents({ ctx: service.ctx, identifier, companyId: null });
    expect(found.active).toBeGreaterThan(0);
  });
});
