import { createHash } from 'node:crypto';
import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { movementsOf } from '../../helpers/wallet';

let service: Service;
let company: TestCompany;
let jo: string;
let people = 0;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
  people += 1;
  jo = `jo${String(people)}@example.com`;
});

const MOBILE = '+14155550100';
const sha = (text: string, as: 'hex' | 'base64' = 'hex') =>
  createHash('sha256').update(text).digest(as);
const ask = (body: object, by = company, path = '/contact/check') =>
  service.post(path, body, { token: by.token });
const charges = async (by = company) =>
  (await movementsOf(service.ctx, by.id)).filter(({ kind }) => kind === 'contact_check').length;
const optOut = (email: string) =>
  revokeByIdentifiers({
    ctx: service.ctx,
    companyId: company.id,
    identifiers: { email },
    method: 'api',
    caller: CALLER,
  });

test('says whether somebody may be contacted, for the price of a check', async () => {
  const { id } = await makeCertificate(service.ctx, company, { email: jo, mobile: MOBILE });
  const reply = await ask({ email: ` ${jo.toUpperCase()}`, channel: 'call' });
  expect(reply.status).toBe(200);
  expect(Object.keys(reply.body)).toEqual([
    'allowed',
    'reason',
    'certificate_id',
    'consent_opt_in',
    'consent_types',
    'opted_out_at',
    'checked_at',
  ]);
  expect(reply.body).toMatchObject({
    allowed: true,
    reason: 'consented',
    certificate_id: id,
    consent_types: ['tcpa-express-consent'],
  });
  const named = { ...company.ids, mobile: '(415) 555-0100' };
  const byIds = await service.post('/api/contact/check', named);
  expect(byIds.body).toMatchObject({ allowed: true, certificate_id: id });
  expect(await charges()).toBe(2);
  const { body } = await service.get('/wallet', { token: company.token });
  expect(body.balance_microusd).toBe(10_000_000 - 2 * 15_000);
});

test('a person is found by the SHA-256, in hex and base64, of what is given in plain', async () => {
  await makeCertificate(service.ctx, company, { email: jo, mobile: MOBILE });
  const hashed = [
    { email_sha256: sha(jo) },
    { email_sha256: sha(jo, 'base64') },
    { mobile_sha256: sha(MOBILE).toUpperCase() },
    { email: jo, email_sha256: sha(jo), mobile_sha256: sha(MOBILE) },
  ];
  for (const body of hashed) expect((await ask(body)).body).toMatchObject({ allowed: true });
});

test('what is wrong names its field, and costs nothing', async () => {
  const cases: [object, string, RegExp][] = [
    [{}, 'email', /one of email, mobile, email_sha256 and mobile_sha256/],
    [{ email: ' ', mobile: null }, 'email', /one of/],
    [{ email: 'nobody' }, 'email', /email address/],
    [{ mobile: '12' }, 'mobile', /phone number/],
    [{ mobile_sha256: MOBILE }, 'mobile_sha256', /not the phone number itself/],
    [{ email_sha256: jo }, 'email_sha256', /not the email address itself/],
    [{ email_sha256: sha(jo).slice(1) }, 'email_sha256', /not these 63 characters/],
    [{ email_sha256: `${sha(jo).slice(1)}x` }, 'email_sha256', /64 digits of hex/],
    [{ email_sha256: sha('', 'base64') }, 'email_sha256', /names nobody/],
    [{ mobile_sha256: 14155550100 }, 'mobile_sha256', /./],
    [{ email: jo, channel: 'fax' }, 'channel', /./],
    [{ email: jo, consent_type: '' }, 'consent_type', /./],
    [{ email: jo, term: '' }, 'term', /./],
  ];
  for (const [body, path, message] of cases) {
    const { status, body: error } = await ask(body);
    expect([status, error.details]).toEqual([
      400,
      [{ path, message: expect.stringMatching(message) as string }],
    ]);
  }
  // Who may not ask is told so first.
  const wrong = await service.post(
    '/contact/check',
    { email: 'nobody' },
    { token: 'rescind_tok_x' },
  );
  expect(wrong.status).toBe(401);
  expect(await charges()).toBe(0);
});

test('of a stranger the same is said, byte for byte, whatever is remembered', async () => {
  const said = async () => {
    const reply = await fetch(`${service.url}/contact/check`, {
      method: 'POST',
      headers: { authorization: `Bearer ${company.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ email: jo }),
    });
    return [reply.status, (await reply.text()).replace(/"checked_at":"[^"]+"/, '')];
  };
  const before = await said();
  await optOut(jo);
  expect(await said()).toEqual(before);
  expect(before[0]).toBe(200);
  expect((await ask({ email: jo })).body).toMatchObject({ allowed: false, reason: 'no_consent' });
});

test('a third party pays itself, once the originator allows it; without money 402', async () => {
  const settings = {
    third_party_verification_enabled: true,
    authorized_third_parties: [company.id],
  };
  const originator = await makeCompany(service.ctx, { settings });
  const { id } = await makeCertificate(service.ctx, originator, { email: jo });
  const body = { email: jo, originator_company_id: originator.id };
  expect((await ask(body)).body).toMatchObject({ allowed: true, certificate_id: id });
  expect((await ask({ email: jo })).body).toMatchObject({ reason: 'no_consent' });
  expect([await charges(), await charges(originator)]).toEqual([2, 0]);
  const stranger = await makeCompany(service.ctx);
  expect((await ask(body, stranger)).status).toBe(403);
  const poor = await makeCompany(service.ctx, { balanceMicrousd: 14_999 });
  const refused = await ask({ email: jo }, poor);
  expect([refused.status, refused.body.code]).toEqual([402, 4005]);
  expect([await charges(stranger), await charges(poor)]).toEqual([0, 0]);
});

describe('under an Idempotency-Key', () => {
  const keyed = (key: string, body: object = { email: jo }) =>
    service.post('/contact/check', body, {
      token: company.token,
      headers: { 'idempotency-key': key },
    });

  test('a repeat is free, and turns to no after an opt-out', async () => {
    await makeCertificate(service.ctx, company, { email: jo });
    const first = await keyed('k');
    expect(first.body).toMatchObject({ allowed: true });
    const again = await keyed('k');
    expect([again.body, again.headers.get('idempotent-replayed')]).toEqual([first.body, 'true']);
    await optOut(jo);
    const after = await keyed('k');
    expect(after.body).toMatchObject({ allowed: false, reason: 'opted_out', certificate_id: null });
    expect(after.headers.get('idempotent-replayed')).toBe('true');
    expect(await charges()).toBe(1);
    expect((await keyed('k', { email: `x${jo}` })).status).toBe(422);
  });

  test('a repeat never names a certificate that was revoked since', async () => {
    await makeCertificate(service.ctx, company, { email: jo });
    const first = await keyed('k');
    const { id: newer } = await makeCertificate(service.ctx, company, { email: jo });
    expect((await keyed('k')).body).toEqual(first.body);
    const old = `/certificates/${String(first.body.certificate_id)}/revoke`;
    expect((await service.post(old, {}, { token: company.token })).status).toBe(200);
    const after = await keyed('k');
    expect(after.body).toMatchObject({ allowed: true, certificate_id: newer });
    expect(await charges()).toBe(1);
  });

  test('a repeat never turns to yes', async () => {
    const first = await keyed('k');
    expect(first.body).toMatchObject({ allowed: false, reason: 'no_consent' });
    await makeCertificate(service.ctx, company, { email: jo });
    expect((await keyed('k')).body).toEqual(first.body);
    expect((await ask({ email: jo })).body).toMatchObject({ allowed: true });
  });

  test('many at once are charged once', async () => {
    await makeCertificate(service.ctx, company, { email: jo });
    const replies = await Promise.all(Array.from({ length: 8 }, () => keyed('k')));
    expect(new Set(replies.map(({ status }) => status))).toContain(200);
    expect(await charges()).toBe(1);
  });
});
