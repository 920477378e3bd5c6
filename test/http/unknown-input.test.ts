import { collections } from '../helpers/collections';
import { makeCertificate, makeCompany, type TestCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { makeKeyedCompany } from './key-pair';

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService();
  company = await makeCompany(service.ctx);
});
afterAll(() => service.close());

const isRevoked = async (id: string) =>
  (await service.ctx.store.certificates.find(company.id, id))!.opt_out.revoke;

test.each([
  ['/certificates?emial=ann@example.com', 'emial'],
  ['/certificates?Email=ann@example.com', 'Email'],
  ['/audit?certificate=EC-x&limit=5', 'certificate'],
  ['/wallet?currency=eur', 'currency'],
  ['/wallet/entries?page=2', 'page'],
  ['/revocations/batches?state=failed', 'state'],
  ['/api/revocations/batches/bat-x/errors.csv?line=2', 'line'],
])('%s is refused, which names the parameter', async (path, name) => {
  const { status, body } = await service.get(path, company);
  expect([status, body.details[0].path]).toEqual([400, name]);
});

test('says what the call takes instead', async () => {
  const { body } = await service.get('/wallet/entries?page=2', company);
  expect(body.details).toEqual([
    {
      path: 'page',
      message: 'is not a parameter of this call, which takes limit, cursor in its query',
    },
  ]);
});

const SPELLINGS = ['dry_run', 'dryRun', 'dry-run', 'DRYRUN', 'isDryRun', 'preview', 'simulate'];

test.each(SPELLINGS)('%s in the query revokes nothing', async (name) => {
  const email = 'query@example.com';
  const { id } = await makeCertificate(service.ctx, company, { email });
  const calls: [string, object | undefined][] = [
    [`/certificates/${id}/revoke`, {}],
    ['/revocations/bulk', { certificate_ids: [id] }],
    ['/opt-out', { company_id: company.id, email }],
    ['/revocations/csv', undefined],
  ];
  for (const [path, body] of calls) {
    const refused = await service.post(`${path}?${name}=true`, body, company);
    expect([path, refused.status]).toEqual([path, 400]);
    expect(refused.body.details[0].path).toBe(name);
  }
  expect(await isRevoked(id)).toBe(false);
});

test.each(SPELLINGS)('%s in a JSON body or a header revokes nothing', async (name) => {
  const email = 'body@example.com';
  const { id } = await makeCertificate(service.ctx, company, { email });
  const calls: [string, object][] = [
    [`/certificates/${id}/revoke`, {}],
    ['/revocations/bulk', { certificate_ids: [id] }],
    ['/opt-out', { company_id: company.id, email }],
  ];
  for (const [path, body] of calls) {
    for (const value of [true, 'true', 1]) {
      const refused = await service.post(path, { ...body, [name]: value }, company);
      expect([path, refused.status, refused.body.details?.[0].path]).toEqual([path, 400, name]);
    }
    const options = { token: company.token, headers: { 'x-dry-run': 'true' } };
    expect((await service.post(path, body, options)).status).toBe(400);
  }
  expect(await isRevoked(id)).toBe(false);
});

test('a body that asks for no dry run gets none, and other unknown fields are ignored', async () => {
  const { id } = await makeCertificate(service.ctx, company);
  const body = { dry_run: false, note: 'ours', certificate_ids: [id] };
  expect((await service.post('/revocations/bulk', body, company)).status).toBe(202);
  expect(await isRevoked(id)).toBe(true);
});

test('the other dialects refuse both in their own words', async () => {
  const { attestr, baanx } = await makeKeyedCompany(service.ctx);
  const base = '/api/v3/public/consent';
  const terms = { subject: { ref: 'r1' }, purposes: ['calls'], text: 'I agree.' };
  const consent = await service.post(base, terms, { headers: attestr });
  const revoke = `${base}/${consent.body._id}/revoke`;
  const asked = await service.post(`${revoke}?dryRun=1`, {}, { headers: attestr });
  expect(asked.body).toMatchObject({ httpStatusCode: 400, code: 4001, appError: true });
  expect(asked.body.details).toMatch(/^dryRun is not a parameter/);
  expect((await service.post(revoke, { preview: true }, { headers: attestr })).status).toBe(400);
  const audit = await service.get(`${base}/${consent.body._id}/audit?fromat=csv`, {
    headers: attestr,
  });
  expect([audit.status, audit.body.details]).toEqual([
    400,
    expect.stringMatching(/^fromat is not/),
  ]);
  const consents = await collections(service.ctx).consents.find({}).toArray();
  expect(consents.map(({ status }) => status)).not.toContain('revoked');

  const user = await service.post(
    '/v2/consent/user/u1/revocations?dryRun=1',
    { all: true },
    {
      headers: baanx,
    },
  );
  expect(user.status).toBe(400);
  expect(user.body).toEqual({
    error: 'Bad request',
    details: [expect.stringMatching(/^dryRun is not a parameter/)],
  });
});
