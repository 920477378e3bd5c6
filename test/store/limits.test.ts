import type { mongo } from 'mongoose';
import { openContext } from '../helpers/context';
import { commandsOf, watched } from '../helpers/commands';
import { makeCertificate, makeCompany, type TestCompany } from '../helpers/company';
import { client, type Service, startService } from '../helpers/service';
import { testConfig } from '../helpers/settings';

const READS = ['find', 'aggregate', 'count', 'distinct'];
/** Those of the certificate, whatever the path asks about. */
const UNKNOWN = 'unknown';

let service: Service;
let company: TestCompany;

beforeAll(async () => {
  service = await startService(watched(testConfig()));
  company = await makeCompany(service.ctx);
});
afterAll(() => service.close());

// Not what is asked of the server itself, at any time.
const reads = (commands: mongo.Document[]) =>
  commands.filter(
    ({ $db, ...command }) => $db !== 'admin' && READS.some((name) => name in command),
  );
const withoutLimit = (commands: mongo.Document[]) =>
  reads(commands)
    // Those of transactions end with the transaction.
    .filter((command) => command.maxTimeMS === undefined && command.autocommit === undefined)
    .map((command) => JSON.stringify(command).slice(0, 200));

test('no read of the web process may occupy MongoDB for longer than its caller waits', async () => {
  const { id } = await makeCertificate(service.ctx, company, { email: 'ann@example.com' });
  const { body } = await service.get('/openapi.json');
  const { paths } = body as { paths: Record<string, Record<string, unknown>> };
  const api = client(service.url);
  const commands = await commandsOf(async () => {
    for (const [path, methods] of Object.entries(paths)) {
      if (!('get' in methods)) continue;
      const at = path
        .replace('{certificate_id}', id)
        .replaceAll(/\{(company_id|id)\}/g, company.id)
        .replaceAll(/\{\w+\}/g, UNKNOWN);
      const isOperators = path.startsWith('/operator');
      const token = isOperators ? service.ctx.config.operatorToken : company.token;
      await fetch(service.url + at, { headers: { authorization: `Bearer ${token}` } });
    }
    for (const query of ['email=ann@example.com', 'status=active', 'status=revoked']) {
      await api.get(`/certificates?${query}`, { token: company.token });
    }
    await api.get('/audit?action=certificate.revoked', { token: company.token });
    await api.post('/opt-out', { company_id: company.id, email: 'ann@example.com' });
  });
  expect(reads(commands).length).toBeGreaterThan(20);
  expect(withoutLimit(commands)).toEqual([]);
});

test('jobs may read for longer', async () => {
  const { ctx, close } = await openContext(watched(testConfig()), 'worker');
  try {
    const commands = await commandsOf(() => ctx.store.companies.idsAfter('', 10));
    expect(withoutLimit(commands)).toHaveLength(1);
  } finally {
    await close();
  }
});

test.each([
  [
    'a check of a certificate alone',
    (certificate_id: string) =>
      service.post('/verify/certificate-info', {
        ...company.ids,
        property_id: company.propertyId,
        certificate_id,
      }),
  ],
  ['what is said of a certificate', (id: string) => service.get(`/certificates/${id}`, company)],
])('%s is read linearizable, and given up in time', async (_, read) => {
  const { id } = await makeCertificate(service.ctx, company);
  const commands = await commandsOf(() => read(id));
  const asked = reads(commands).filter(({ find }) => find === 'certificates');
  expect(asked.map(({ readConcern }) => readConcern as unknown)).toEqual([
    { level: 'linearizable' },
  ]);
  expect(withoutLimit(asked)).toEqual([]);
});

test('every other read, also within a transaction, waits for what the primary had when it was found', async () => {
  const { ctx } = service;
  const commands = await commandsOf(async () => {
    await ctx.store.companies.find(company.id);
    await ctx.store.people.newest({ email_hashes: ['none'] }, 1);
    await ctx.store.transaction((session) =>
      ctx.store.certificates.find(company.id, 'none', session),
    );
  });
  const waiting = reads(commands).map(({ readConcern }) => readConcern as mongo.Document);
  expect(waiting.map(({ level }) => level as unknown)).toEqual([
    'majority',
    'majority',
    'snapshot',
  ]);
  const [first] = waiting.map(({ afterClusterTime }) => String(afterClusterTime));
  expect(first).toMatch(/^\d+$/);
  for (const { afterClusterTime } of waiting) expect(String(afterClusterTime)).toBe(first);
});
