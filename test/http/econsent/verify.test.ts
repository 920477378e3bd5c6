import {
  CALLER,
  CONSENT,
  makeCertificate,
  makeCompany,
  type TestCompany,
} from '../../helpers/company';
import { type Service, startService } from '../../helpers/service';
import { revokeCertificate } from '../../../src/core/revocations/revoke-certificate';
import { countMovements } from '../../helpers/wallet';

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
});

const balance = async (who = company) =>
  (await service.get('/wallet', { token: who.token })).body.balance_microusd as number;
const lines = (who = company) => countMovements(service.ctx, who.id);
const revoke = (certificateId: string, who = company) =>
  revokeCertificate({
    ctx: service.ctx,
    companyId: who.id,
    certificateId,
    method: 'api',
    caller: CALLER,
  });

describe('POST /verify/match', () => {
  test('is valid for the exact words, and charges 15,000 µUSD', async () => {
    const { id } = await makeCertificate(service.ctx, company, {
      consents: [
        { type: 'tcpa', text: CONSENT, given_at: new Date('2026-03-18T10:30:00Z') },
        { type: 'terms', text: 'I accept the terms.' },
      ],
    });
    const body = { ...company.ids, certificate_id: id, consent: `  ${CONSENT}\n` };
    const reply = await service.post('/verify/match', body);
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({
      valid: true,
      consent_opt_in: '2026-03-18T10:30:00.000Z',
      origin: 'https://example.com/signup',
      consent_types: ['tcpa', 'terms'],
      verification_type: 'first_party',
    });
    expect(await balance()).toBe(10_000_000 - 15_000);
    expect(await lines()).toBe(2);
  });

  test('compares word for word after Unicode NFC, and charges for a "no" too', async () => {
    const composed = 'Café – I agree';
    const { id } = await makeCertificate(service.ctx, company, {
      consents: [{ type: 'tcpa', text: composed }],
    });
    const ask = (consent: string) =>
      service.post('/api/verify/match', { ...company.ids, certificate_id: id, consent });
    expect((await ask(composed.normalize('NFD'))).body.valid).toBe(true);
    const other = await ask(composed.toUpperCase());
    expect(other.status).toBe(200);
    expect(other.body).toMatchObject({
      valid: false,
      consent_opt_in: null,
      consent_types: ['tcpa'],
    });
    expect(await balance()).toBe(10_000_000 - 2 * 15_000);
  });

  test('accepts a Bearer token without ids, and refuses one of another company', async () => {
    const { id } = await makeCertificate(service.ctx, company);
    const { token } = company;
    const body = { certificate_id: id, consent: CONSENT };
    expect((await service.post('/verify/match', body, { token })).status).toBe(200);
    const own = await service.post('/verify/match', { ...body, company_id: company.id }, { token });
    expect(own.status).toBe(200);
    const other = await service.post('/verify/match', { ...body, company_id: 'comp-x' }, { token });
    expect(other.status).toBe(403);
  });
});

describe('POST /verify/partial-match', () => {
  test('finds a term in any case, taken literally', async () => {
    const { id } = await makeCertificate(service.ctx, company, {
      consents: [{ type: 'tcpa', text: 'Calls (and texts) from A.B Corp' }],
    });
    const ask = async (term: string) =>
      (await service.post('/verify/partial-match', { ...company.ids, certificate_id: id, term }))
        .body;
    expect(await ask('calls (AND')).toEqual({
      valid: true,
      consent_opt_in: expect.any(String),
      origin: 'https://example.com/signup',
      verification_type: 'first_party',
    });
    expect((await ask('a.b corp')).valid).toBe(true);
    expect((await ask('A.?B')).valid).toBe(false);
    expect((await ask('.*')).valid).toBe(false);
  });
});

describe('POST /verify/certificate-info', () => {
  test('describes the certificate, free of charge', async () => {
    const { id } = await makeCertificate(service.ctx, company, { events: { clicks: 3 } });
    const body = { ...company.ids, certificate_id: id };
    const reply = await service.post('/verify/certificate-info', body);
    expect(reply.body).toEqual({
      valid: true,
      certificate_id: id,
      created_timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      has_consents: true,
      consent_count: 1,
      events_combined: { clicks: 3 },
    });
    expect(await balance()).toBe(10_000_000);
  });

  test('needs a property of the company, even with a token', async () => {
    const { id } = await makeCertificate(service.ctx, company);
    const { token } = company;
    const ask = (body: object) => service.post('/verify/certificate-info', body, { token });
    expect((await ask({ certificate_id: id })).body.details[0].path).toBe('property_id');
    expect((await ask({ certificate_id: id, property_id: 'prop-none' })).status).toBe(404);
  });
});

describe('third parties', () => {
  test('may verify when the originator allows it, and pay themselves', async () => {
    const caller = await makeCompany(service.ctx);
    const settings = {
      third_party_verification_enabled: true,
      authorized_third_parties: [caller.id],
    };
    const originator = await makeCompany(service.ctx, { settings });
    const { id } = await makeCertificate(service.ctx, originator);
    const body = { ...caller.ids, certificate_id: id, consent: CONSENT };
    const reply = await service.post('/verify/match', {
      ...body,
      originator_company_id: originator.id,
    });
    expect(reply.body).toMatchObject({ valid: true, verification_type: 'third_party' });
    expect(await balance(caller)).toBe(10_000_000 - 15_000);
    expect(await balance(originator)).toBe(10_000_000);
    // Unless the caller names the originator, the certificate does not exist for them.
    expect((await service.post('/verify/match', body)).status).toBe(404);
  });

  test.each([
    ['not enabled', { third_party_verification_enabled: false, authorized_third_parties: ['$me'] }],
    ['not listed', { third_party_verification_enabled: true, authorized_third_parties: [] }],
  ])('are refused when %s, whether or not the certificate exists', async (_name, settings) => {
    const authorized = settings.authorized_third_parties.map(() => company.id);
    const originator = await makeCompany(service.ctx, {
      settings: { ...settings, authorized_third_parties: authorized },
    });
    const { id } = await makeCertificate(service.ctx, originator);
    for (const certificate_id of [id, 'EC-none']) {
      const body = { ...company.ids, certificate_id, consent: CONSENT };
      const named = { ...body, originator_company_id: originator.id };
      expect((await service.post('/verify/match', named)).status).toBe(403);
    }
    const unknown = { ...company.ids, certificate_id: id, consent: CONSENT };
    const nobody = { ...unknown, originator_company_id: 'comp-nobody' };
    expect((await service.post('/verify/match', nobody)).status).toBe(403);
    expect(await balance()).toBe(10_000_000);
  });
});

describe('refusals', () => {
  test('come in the order of the contract', async () => {
    const poor = await makeCompany(service.ctx, { balanceMicrousd: 0 });
    const { id } = await makeCertificate(service.ctx, poor);
    const revoked = await makeCertificate(service.ctx, poor);
    await revoke(revoked.id, poor);
    const ask = async (change: object) =>
      service.post('/verify/match', {
        ...poor.ids,
        certificate_id: id,
        consent: CONSENT,
        ...change,
      });
    // 400 before 401
    const malformed = await ask({ company_id: 'comp-none', consent: 7 });
    expect(malformed.status).toBe(400);
    expect(malformed.body.details).toEqual([{ path: 'consent', message: expect.any(String) }]);
    // 401 before anything about certificates
    expect((await ask({ company_id: 'comp-none', certificate_id: 'EC-none' })).status).toBe(401);
    expect((await ask({ property_id: 'prop-none' })).status).toBe(404);
    // 403 third party, 404 certificate, 403 opted out, 402 money
    const third = { originator_company_id: 'comp-x', certificate_id: 'EC-none' };
    expect((await ask(third)).status).toBe(403);
    expect((await ask({ certificate_id: 'EC-none' })).status).toBe(404);
    const optedOut = await ask({ certificate_id: revoked.id });
    expect(optedOut.status).toBe(403);
    expect(optedOut.body).toEqual({ status: 403, error: 'This session has opted out' });
    const broke = await ask({});
    expect(broke.status).toBe(402);
    expect(broke.body).toEqual({ status: 402, error: 'Insufficient wallet balance', code: 4005 });
    expect(await lines(poor)).toBe(0);
  });

  test('cover all five calls once a certificate is revoked', async () => {
    const { id, sessionId } = await makeCertificate(service.ctx, company);
    await revoke(id);
    const { token } = company;
    const asks: [string, object][] = [
      ['/verify/match', { certificate_id: id, consent: CONSENT }],
      ['/verify/partial-match', { certificate_id: id, term: 'agree' }],
      ['/verify/certificate-info', { certificate_id: id, property_id: company.propertyId }],
      [`/verify/session/${company.id}`, { session_id: sessionId }],
      [`/verify/certificate/${company.id}`, { session_id: sessionId }],
    ];
    for (const [path, body] of asks) {
      const reply = await service.post(path, body, { token });
      expect([path, reply.status, reply.body.error]).toEqual([
        path,
        403,
        'This session has opted out',
      ]);
    }
    expect(await balance()).toBe(10_000_000);
  });

  test('need a token or both ids', async () => {
    const { id } = await makeCertificate(service.ctx, company);
    const body = { certificate_id: id, consent: CONSENT };
    expect((await service.post('/verify/match', body)).status).toBe(401);
    const half = { ...body, company_id: company.id };
    expect((await service.post('/verify/match', half)).status).toBe(401);
    for (const authorization of ['Bearer nonsense', 'Basic abc', 'Bearer']) {
      const headers = { authorization };
      const reply = await service.post('/verify/match', { ...body, ...company.ids }, { headers });
      expect(reply.status).toBe(401);
    }
  });
});

test('money for exactly one check pays for one', async () => {
  const poor = await makeCompany(service.ctx, { balanceMicrousd: 15_000 });
  const { id } = await makeCertificate(service.ctx, poor);
  const body = { ...poor.ids, certificate_id: id, consent: CONSENT };
  expect((await service.post('/verify/match', body)).status).toBe(200);
  expect(await balance(poor)).toBe(0);
  expect((await service.post('/verify/match', body)).status).toBe(402);
});

describe('races', () => {
  test('serve 2 of 20 simultaneous checks when there is money for 2', async () => {
    const poor = await makeCompany(service.ctx, { balanceMicrousd: 2 * 15_000 + 14_999 });
    const { id } = await makeCertificate(service.ctx, poor);
    const body = { ...poor.ids, certificate_id: id, consent: CONSENT };
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => service.post('/verify/match', body)),
    );
    const statuses = replies.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, ...Array.from({ length: 18 }, () => 402)]);
    expect(await balance(poor)).toBe(14_999);
    expect(await lines(poor)).toBe(3);
  });

  test('do not let a company without money hurt the others in its group', async () => {
    const poor = await makeCompany(service.ctx, { balanceMicrousd: 0 });
    const certificates = [
      await makeCertificate(service.ctx, poor),
      await makeCertificate(service.ctx, company),
    ];
    const ask = (who: TestCompany, id: string) =>
      service.post('/verify/match', { ...who.ids, certificate_id: id, consent: CONSENT });
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        i % 2 === 0 ? ask(poor, certificates[0]!.id) : ask(company, certificates[1]!.id),
      ),
    );
    expect(replies.map(({ status }) => status)).toEqual(
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 402 : 200)),
    );
    expect(await balance()).toBe(10_000_000 - 10 * 15_000);
  });
});
