import { collections } from '../helpers/collections';
import { makeCompany, makeCertificate } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { testConfig } from '../helpers/settings';

let service: Service;
beforeAll(async () => {
  service = await startService(testConfig({ TRUST_PROXY: '127.0.0.1,192.0.2.0/24' }));
});
afterAll(() => service.close());

/** Opts somebody out from behind proxies; the IP that the audit log has of it. */
async function auditedIp(forwardedFor: string): Promise<string | null | undefined> {
  const company = await makeCompany(service.ctx);
  const { id } = await makeCertificate(service.ctx, company);
  const { status } = await service.post(
    '/opt-out',
    { company_id: company.id, certificate_id: id },
    { headers: { 'x-forwarded-for': forwardedFor } },
  );
  expect(status).toBe(200);
  const { revocations } = collections(service.ctx);
  const revocation = await revocations.findOne({ company_id: company.id });
  return revocation?.ip;
}

test.each([
  ['198.51.77.7', '198.51.77.7'],
  ['198.51.77.8:4000', '198.51.77.8'],
  ['[2001:db8::1]:4000', '2001:db8::1'],
  ['[2001:db8:1::1]', '2001:db8:1::1'],
  ['"[2001:db8:2::1]:4000"', '2001:db8:2::1'],
  ['::ffff:198.51.77.9', '198.51.77.9'],
  ['[::ffff:198.51.77.10]:80', '198.51.77.10'],
  // A trusted proxy is known by its address, whatever port it writes.
  ['198.51.77.11:4000, 192.0.2.5:5000', '198.51.77.11'],
  ['unknown, 198.51.77.12', '198.51.77.12'],
])('X-Forwarded-For: %s is %s', async (header, ip) => {
  expect(await auditedIp(header)).toBe(ip);
});

test.each(['unknown', '_hidden', '198.51.77', '198.51.77.7:', 'x, 192.0.2.5', '[::1', '256.1.1.1'])(
  'X-Forwarded-For: %s is refused, and counts as nobody',
  async (header) => {
    const company = await makeCompany(service.ctx);
    const { status, body } = await service.post(
      '/opt-out',
      { company_id: company.id, email: 'ann@example.com' },
      { headers: { 'x-forwarded-for': header } },
    );
    expect([status, body.details?.[0].path]).toEqual([400, 'X-Forwarded-For']);
  },
);

test('people behind a proxy that writes ports have a limit each, whatever their ports', async () => {
  const company = await makeCompany(service.ctx);
  const optOut = async (address: string) => {
    const body = { company_id: company.id, email: 'ann@example.com' };
    const headers = { 'x-forwarded-for': address };
    return (await service.post('/opt-out', body, { headers })).status;
  };
  for (let i = 0; i < 10; i++) expect(await optOut(`198.51.99.1:${4000 + i}`)).toBe(200);
  expect(await optOut('198.51.99.1:5000')).toBe(429);
  expect(await optOut('198.51.99.2:4000')).toBe(200);
});
