import { describeOffline, mountOffline } from '../../../scripts/openapi/offline';
import { problemsOf, undescribedCalls } from '../../../scripts/openapi/problems';
import { operations } from '../../helpers/described';
import { type Service, startService } from '../../helpers/service';
import { testConfig } from '../../helpers/settings';

let service: Service;

beforeAll(async () => {
  service = await startService(
    testConfig({ PUBLIC_URL: 'https://consent.example', SUPPORT_URL: 'https://help.example' }),
  );
});
afterAll(() => service.close());

test('is complete and valid', () => {
  expect(problemsOf(describeOffline())).toEqual([]);
  expect(undescribedCalls(mountOffline())).toEqual([]);
});

test('is served with the public address, to pages of any site', async () => {
  const { status, headers, body } = await service.get('/openapi.json');
  expect(status).toBe(200);
  expect(headers.get('access-control-allow-origin')).toBe('*');
  expect(body).toMatchObject({ openapi: '3.1.0', servers: [{ url: 'https://consent.example' }] });
  expect(body.info.contact.url).toBe('https://help.example');
  expect(Object.keys(body.paths)).toEqual(Object.keys(describeOffline().paths));
});

test('says what each call costs, by the price that is set, and which scope it needs', async () => {
  const priced = testConfig({ PRICE_CHECK_MICROUSD: '20000' });
  const other = await startService(priced);
  const { body } = await other.get('/openapi.json');
  await other.close();
  const { description, ...match } = body.paths['/verify/match'].post;
  expect(description).toMatch(
    /\*\*Costs\*\* \$0\.02 for each 200[^]*\*\*Scope\*\* of the token: `verify`/,
  );
  expect(match['x-required-scope']).toBe('verify');
  expect(match.responses[402].description).toContain('4005');
  expect(body.paths['/wallet'].get.description).toContain('**Costs** nothing.');
});

test('names an address that clients on this machine reach', async () => {
  const other = await startService();
  const { port } = new URL(other.url);
  const served = await fetch(`http://localhost:${port}/openapi.json`);
  await other.close();
  const { servers, info } = (await served.json()) as { servers: unknown; info: unknown };
  expect(servers).toEqual([expect.objectContaining({ url: `http://127.0.0.1:${port}` })]);
  expect(info).toMatchObject({ contact: { url: `http://127.0.0.1:${port}/` } });
});

test('headers that are too long are refused as described', async () => {
  const { status } = await service.call('GET', '/healthz', {
    headers: { 'x-long': 'x'.repeat(17 * 1024) },
  });
  expect(status).toBe(431);
});

test('suits client generators: fields with a default are optional, files are files', () => {
  const { schemas } = describeOffline().components;
  const bodies = Object.entries(schemas).filter(([name]) => name.endsWith('Body'));
  expect(JSON.stringify(bodies)).not.toContain('"default":');
  expect(schemas.UploadRevocationsBody).toMatchObject({
    required: ['file'],
    properties: {
      dry_run: {
        description: 'Default: "false".',
        type: ['string', 'boolean'],
        enum: ['true', 'false', '1', '0', true, false],
      },
      file: { format: 'binary' },
    },
  });
});

/** Answered only after a worker has previewed a file, or has failed to. */
const AFTER_A_WORKER = [
  'cancelScrub',
  'commitBatch',
  'commitScrub',
  'getCheckReceipt',
  'getLogJwks',
  'getRevocationReceipt',
  'getScrub',
  'getScrubReceipt',
  'listAcknowledgements',
  'listScrubs',
  'retryBatch',
  'retryScrub',
  'uploadScrub',
];

test('has a recorded example of every call that answers JSON', () => {
  const without = operations.filter(({ object }) => {
    const contents = Object.entries(object.responses).flatMap(([status, response]) =>
      status.startsWith('2') ? [response?.content?.['application/json']] : [],
    );
    const json = contents.filter((content) => content !== undefined);
    return json.length > 0 && !json.some((content) => 'example' in content);
  });
  expect(without.map(({ id }) => id).sort()).toEqual(AFTER_A_WORKER);
});

describe('what is refused', () => {
  test('two operations with one name', () => {
    const description = describeOffline();
    description.paths['/wallet']!.get!.operationId = 'verifyMatch';
    expect(problemsOf(description)).toEqual(['operationId verifyMatch is used twice']);
  });

  test('a call without a success response', () => {
    const description = describeOffline();
    const wallet = description.paths['/wallet']!.get!.responses as Record<string, unknown>;
    delete wallet['200'];
    expect(problemsOf(description)).toContain('GET /wallet: has no success');
  });

  test('a dangling reference', () => {
    const description = describeOffline();
    delete description.components.schemas.AuditEntry;
    expect(problemsOf(description)).toContain('#/components/schemas/AuditEntry refers to nothing');
  });

  test('an example that does not fit its schema', () => {
    const description = describeOffline();
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    const wallet = description.paths['/wallet']!.get as any;
    wallet.responses['200'].content['application/json'].example = { balance_microusd: 'much' };
    expect(problemsOf(description).join()).toMatch(/GET \/wallet: 200: the example/);
  });

  test('a call that is served but not described', () => {
    const areas = mountOffline();
    areas[0]!.router.get('/secret', (_request, response) => response.end());
    expect(undescribedCalls(areas)).toEqual(['get /secret under "" is served but not described']);
  });
});
