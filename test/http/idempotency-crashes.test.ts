import { collections } from '../helpers/collections';
import { CONSENT, makeCertificate, makeCompany, type TestCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { until } from '../helpers/until';
import { countMovements } from '../helpers/wallet';

let service: Service;
let company: TestCompany;
let certificate: { id: string; sessionId: string };

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
afterEach(() => jest.restoreAllMocks());
beforeEach(async () => {
  company = await makeCompany(service.ctx);
  certificate = await makeCertificate(service.ctx, company);
});

const keyed = (path: string, body: object, key: string) =>
  service.post(path, body, { token: company.token, headers: { 'idempotency-key': key } });
const match = (key: string, change: object = {}) =>
  keyed('/verify/match', { certificate_id: certificate.id, consent: CONSENT, ...change }, key);
const charges = () => countMovements(service.ctx, company.id, 'check_match');

const away = () => Object.assign(new Error('gone'), { name: 'MongoNetworkError' });
const running = () => collections(service.ctx).idempotency.find({ state: 'running' }).toArray();
/** Lets the leases of all keys that are held end then. */
const endLeases = (lease_until: Date) =>
  collections(service.ctx).idempotency.updateMany({ state: 'running' }, { $set: { lease_until } });

test('a key whose call got lost: 409 while its lease lasts, then the next call takes over', async () => {
  const { store, checkStore } = service.ctx;
  jest.spyOn(checkStore.idempotency, 'complete').mockRejectedValueOnce(away());
  jest.spyOn(store.idempotency, 'release').mockRejectedValue(away());
  expect((await match('k8')).status).toBe(503);
  await endLeases(new Date(Date.now() + 30_000));
  const busy = await match('k8');
  expect(busy.status).toBe(409);
  expect(['29', '30']).toContain(busy.headers.get('retry-after'));
  await endLeases(new Date(0));
  const taken = await match('k8');
  expect([taken.status, taken.headers.get('idempotent-replayed')]).toEqual([200, null]);
  expect((await match('k8')).body).toEqual(taken.body);
  expect(await charges()).toBe(1);
});

test('a check whose lease is taken in the middle answers 503, and charges nothing', async () => {
  const { idempotency } = service.ctx.checkStore;
  const complete = idempotency.complete.bind(idempotency);
  jest.spyOn(idempotency, 'complete').mockImplementationOnce(async (...args) => {
    const other = { lease: 'of another', lease_until: new Date(Date.now() + 30_000) };
    await collections(service.ctx).idempotency.updateMany({ state: 'running' }, { $set: other });
    return complete(...args);
  });
  expect((await match('k11')).status).toBe(503);
  expect(await charges()).toBe(0);
  const { balance_microusd } = (await service.get('/wallet', company)).body;
  expect(balance_microusd).toBe(10_000_000);
  expect(await running()).toMatchObject([{ lease: 'of another' }]);
  await endLeases(new Date(0));
  expect((await match('k11')).status).toBe(200);
  expect(await charges()).toBe(1);
});

/** Calls whose effect is there before their answer is kept, and how often that effect was. */
const EFFECTS = {
  'a revocation': {
    path: () => `/certificates/${certificate.id}/revoke`,
    body: () => ({ reason: 'by letter' }),
    status: 200,
    answer: { revoked: 1 },
    times: () => collections(service.ctx).revocations.countDocuments({ company_id: company.id }),
  },
  'a bulk revocation': {
    path: () => '/revocations/bulk',
    body: () => ({ certificate_ids: [certificate.id] }),
    status: 202,
    answer: { revoked: 1, already_revoked: 0 },
    times: () => collections(service.ctx).batches.countDocuments({ company_id: company.id }),
  },
};

test.each(Object.entries(EFFECTS))(
  'a process that dies after %s: the retry has the one effect, and the answer to it',
  async (_, { path, body, status, answer, times }) => {
    const { idempotency } = service.ctx.store;
    const complete = idempotency.complete.bind(idempotency);
    let wakeUp: () => void = () => undefined;
    const asleep = new Promise<void>((resolve) => {
      wakeUp = resolve;
    });
    const stopped = jest.spyOn(idempotency, 'complete').mockImplementationOnce(async (...args) => {
      await asleep;
      return complete(...args);
    });
    jest.spyOn(idempotency, 'renew').mockResolvedValue(undefined);
    const first = keyed(path(), body(), 'k12');
    await until('the work is done', () => stopped.mock.calls.length === 1);
    expect((await keyed(path(), body(), 'k12')).status).toBe(409);
    await endLeases(new Date(0));
    const retry = await keyed(path(), body(), 'k12');
    expect(retry.status).toBe(status);
    expect(retry.body).toMatchObject(answer);
    expect(retry.headers.get('idempotent-replayed')).toBeNull();
    // The first one was not dead after all: it changes nothing any more.
    wakeUp();
    expect((await first).body).toEqual(retry.body);
    const again = await keyed(path(), body(), 'k12');
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.body).toEqual(retry.body);
    expect(await times()).toBe(1);
  },
);

test.each(Object.entries(EFFECTS))(
  'a 503 after %s: so has the retry of that',
  async (_, { path, body, status, answer, times }) => {
    const { idempotency } = service.ctx.store;
    jest.spyOn(idempotency, 'complete').mockRejectedValueOnce(away());
    expect((await keyed(path(), body(), 'k13')).status).toBe(503);
    const retry = await keyed(path(), body(), 'k13');
    expect([retry.status, retry.body]).toEqual([status, expect.objectContaining(answer)]);
    expect(await times()).toBe(1);
  },
);

test('a day later the key stands for another call', async () => {
  await match('k14');
  const { idempotency } = collections(service.ctx);
  await idempotency.updateMany({}, { $set: { expires_at: new Date(Date.now() - 1) } });
  const later = await match('k14', { consent: 'something else' });
  expect([later.status, later.body.valid]).toEqual([200, false]);
  expect(later.headers.get('idempotent-replayed')).toBeNull();
  expect(await charges()).toBe(2);
});
