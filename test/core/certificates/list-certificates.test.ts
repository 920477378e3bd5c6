import { getCertificate } from '../../../src/core/certificates/get-certificate';
import { listCertificates } from '../../../src/core/certificates/list-certificates';
import type { Context } from '../../../src/context';
import { openContext } from '../../helpers/context';
import { IdentifierHasher } from '../../../src/lib/identifier-hasher';
import { revokeCertificate } from '../../../src/core/revocations/revoke-certificate';
import { CALLER, makeCertificate, makeCompany, type TestCompany } from '../../helpers/company';
import { testConfig } from '../../helpers/settings';
import { ensureIndexes } from '../../helpers/indexes';

let ctx: Context;
let close: () => Promise<void>;
let company: TestCompany;

beforeAll(async () => {
  ({ ctx, close } = await openContext(testConfig(), 'web'));
  await ensureIndexes(ctx);
});

beforeEach(async () => {
  company = await makeCompany(ctx);
});

afterAll(() => close());

async function ids(query: Omit<Parameters<typeof listCertificates>[0]['query'], 'limit'>) {
  const { certificates } = await listCertificates({
    ctx,
    companyId: company.id,
    query: { limit: 50, ...query },
  });
  return certificates.map((certificate) => certificate.certificate_id);
}

test('filters by email, mobile, session and status', async () => {
  const jo = await makeCertificate(ctx, company, { email: 'Jo@Example.com' });
  const ann = await makeCertificate(ctx, company, { mobile: '+1 415 555 0100' });
  const by = { ctx, companyId: company.id, method: 'api' as const, caller: CALLER };
  await revokeCertificate({ ...by, certificateId: ann.id });
  expect(await ids({ email: ' jo@example.COM' })).toEqual([jo.id]);
  expect(await ids({ mobile: '(415) 555-0100' })).toEqual([ann.id]);
  expect(await ids({ session_id: jo.sessionId })).toEqual([jo.id]);
  expect(await ids({ status: 'active' })).toEqual([jo.id]);
  expect(await ids({ status: 'revoked' })).toEqual([ann.id]);
  expect(await ids({ email: 'jo@example.com', status: 'revoked' })).toEqual([]);
  await expect(ids({ email: 'nobody' })).rejects.toMatchObject({ code: 'invalid_request' });
});

test('pages newest first, each certificate once', async () => {
  const made: string[] = [];
  for (let i = 0; i < 5; i++) made.push((await makeCertificate(ctx, company)).id);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listCertificates({
      ctx,
      companyId: company.id,
      query: { limit: 2, cursor },
    });
    seen.push(...page.certificates.map((certificate) => certificate.certificate_id));
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  expect([...seen].sort()).toEqual([...made].sort());
  await expect(ids({ cursor: 'nonsense' })).rejects.toMatchObject({ code: 'invalid_request' });
});

test('another company sees nothing', async () => {
  const { id } = await makeCertificate(ctx, company, { email: 'jo@example.com' });
  company = await makeCompany(ctx);
  expect(await ids({})).toEqual([]);
  await expect(
    getCertificate({ ctx, companyId: company.id, certificateId: id }),
  ).rejects.toMatchObject({ code: 'certificate_not_found' });
});

test('an email stored under an old key is found after a new key was added', async () => {
  const { id } = await makeCertificate(ctx, company, { email: 'jo@example.com' });
  const identifiers = new IdentifierHasher([
    'a-newer-identifier-key',
    ...ctx.config.identifierKeys,
  ]);
  const { certificates } = await listCertificates({
    ctx: { ...ctx, identifiers },
    companyId: company.id,
    query: { email: 'jo@example.com', limit: 5 },
  });
  expect(certificates.map((certificate) => certificate.certificate_id)).toEqual([id]);
});
