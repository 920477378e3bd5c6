import type { mongo } from 'mongoose';
import { createContext } from '../../src/create-context';
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

const reads = (commands: mongo.Document[]) =>
  commands.filter((command) => READS.some((name) => name in command));
const withoutLimit = (commands: mongo.Document[]) =>
  reads(commands)
    // Those of transactions end with the transaction.
    .filter((command) => command.maxTimeMS === undefined && command.autocommit === undefined)
    // What is asked of the server itself.
    .filter((command) => command.$db !== 'admin')
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
  const { ctx, close } = await createContext(watched(testConfig()), 'worker');
  try {
    const commands = await commandsOf(() => ctx.store.companies.idsAfter('', 10));
    expect(withoutLimit(commands)).toHaveLength(1);
  } finally {
    await close();
  }
});

test('a check of a certificate alone is read linearizable', async () => {
  const { id: certificate_id } = await makeCertificate(service.ctx, company);
  const commands = await commandsOf(() =>
    service.post('/verify/certificate-info', {
      ...company.ids,
      property_id: company.propertyId,
      certificate_id,
    }),
  );
  const asked = reads(commands).filter(({ find }) => find === 'certificates');
  expect(asked.map(({ readConcern }) => readConcern as unknown)).toEqual([
    { level: 'linearizable' },
  ]);
});
