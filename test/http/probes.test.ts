import { QUEUE_NAMES } from '../../src/jobs/contract';
import { CALLER, makeCertificate, makeCompany } from '../helpers/company';
import { type Service, startService } from '../helpers/service';
import { testConfig, testEnvironment } from '../helpers/settings';
import { until } from '../helpers/until';
import { layWire } from './wire';
import { revokeCertificate } from '../../src/core/revocations/revoke-certificate';
import { reconcileWallets } from '../../src/core/wallet/reconcile-wallets';
import { falsifyWallet } from '../helpers/wallet';

/** The value of a series in a scrape, or undefined. */
const series = (text: string, name: string) => {
  const line = text.split('\n').find((l) => l.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
};
const scrape = async (service: Service) => {
  const reply = await service.get('/metrics');
  expect(reply.status).toBe(200);
  return reply.body as string;
};

/** Whether nothing took so long that it was left out. */
const isWhole = (text: string) =>
  [
    'rescind_queue_depth{',
    'rescind_outbox_lag_seconds{source="revocations"}',
    'rescind_outbox_lag_seconds{source="retentions"}',
    'rescind_wallets_drifting ',
  ].every((name) => text.includes(name));

describe('with everything up', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.close());

  test('is alive and ready', async () => {
    const health = await service.get('/healthz');
    expect([health.status, health.body]).toEqual([200, { status: 'ok' }]);
    const ready = await until('Redis', async () => {
      const reply = await service.get('/readyz');
      return reply.body.degraded === undefined && reply;
    });
    expect([ready.status, ready.body]).toEqual([200, { status: 'ready' }]);
  });

  test('reports the depth of every queue, the outbox and the wallets', async () => {
    const before = await until('Redis', async () => {
      const text = await scrape(service);
      return isWhole(text) && text;
    });
    for (const queue of QUEUE_NAMES) {
      expect(series(before, `rescind_queue_depth{queue="${queue}",state="waiting"}`)).toBe(0);
      expect(series(before, `rescind_queue_oldest_waiting_seconds{queue="${queue}"}`)).toBe(0);
    }
    expect(series(before, 'rescind_outbox_lag_seconds{source="revocations"}')).toBe(0);
    expect(series(before, 'rescind_outbox_lag_seconds{source="retentions"}')).toBe(0);
    expect(series(before, 'rescind_wallets_drifting')).toBe(0);

    const { ctx } = service;
    const company = await makeCompany(ctx);
    const email = 'consumer.of.the.metrics@example.com';
    const { id } = await makeCertificate(ctx, company, { email });
    const by = { ctx, companyId: company.id, caller: CALLER };
    await revokeCertificate({ ...by, certificateId: id, method: 'api', reason: null });
    await falsifyWallet(ctx, company.id, { balance_microusd: 1 });
    await reconcileWallets({ ctx, signal: new AbortController().signal });
    const after = await until('the waiting job', async () => {
      const text = await scrape(service);
      const waiting = series(text, 'rescind_queue_depth{queue="opt-outs",state="waiting"}');
      return waiting === 1 && isWhole(text) && text;
    });
    const oldest = 'rescind_queue_oldest_waiting_seconds{queue="opt-outs"}';
    expect(series(after, oldest)).toBeGreaterThan(0);
    expect(series(after, 'rescind_outbox_lag_seconds{source="revocations"}')).toBeGreaterThan(0);
    expect(series(after, 'rescind_wallets_drifting')).toBe(1);
    // Open to anyone who can reach it: nothing about a company or a person.
    for (const secret of [company.id, id, 'consumer', 'Example Corp']) {
      expect(after).not.toContain(secret);
    }
  });
});

test('without Redis it is ready but degraded, and a scrape leaves out what it cannot know', async () => {
  const wire = await layWire(testEnvironment().REDIS_URL ?? '');
  const service = await startService(testConfig({ REDIS_URL: wire.url }));
  const readiness = (body: object) =>
    until(JSON.stringify(body), async () => {
      const reply = await service.get('/readyz');
      expect(reply.status).toBe(200);
      return JSON.stringify(reply.body) === JSON.stringify(body);
    });
  try {
    await readiness({ status: 'ready' });
    const hasDepths = async () => (await scrape(service)).includes('rescind_queue_depth{');
    await until('the depths of the queues', hasDepths);
    await wire.cut();
    await readiness({ status: 'ready', degraded: ['redis'] });
    expect((await service.get('/healthz')).status).toBe(200);
    const text = await scrape(service);
    expect(text).not.toContain('rescind_queue_depth{');
    expect(series(text, 'rescind_wallets_drifting')).toBe(0);
    await wire.mend();
    await readiness({ status: 'ready' });
    wire.freeze();
    await readiness({ status: 'ready', degraded: ['redis'] });
    await wire.mend();
    await readiness({ status: 'ready' });
  } finally {
    await service.close();
    await wire.close();
  }
});

test.each(['frozen', 'cut'])(
  'with MongoDB %s it is not ready, and says so before the driver gives up',
  async (how) => {
    const wire = await layWire(testEnvironment().MONGODB_URI ?? '');
    const uri = new URL(wire.url);
    // Otherwise the driver would learn the real address from the replica set and connect to that.
    uri.search = '?directConnection=true';
    const service = await startService(testConfig({ MONGODB_URI: uri.href }));
    try {
      expect((await service.get('/readyz')).status).toBe(200);
      if (how === 'frozen') wire.freeze();
      else await wire.cut();
      const answered: string[] = [];
      const note = (what: string) => () => void answered.push(what);
      const driver = service.ctx.store.ping().catch(note('the driver'));
      const [ready, metrics] = await Promise.all([service.get('/readyz'), scrape(service)]);
      note('the probes')();
      await driver;
      // Of connections that are cut it knows at once.
      if (how === 'frozen') expect(answered).toEqual(['the probes', 'the driver']);
      expect(ready.status).toBe(503);
      expect(ready.body).toMatchObject({
        status: 503,
        error: expect.any(String),
        failed: ['mongodb'],
      });
      expect(metrics).toContain('process_cpu_seconds_total');
      expect(series(metrics, 'rescind_wallets_drifting')).toBeUndefined();
      expect(metrics).not.toContain('rescind_outbox_lag_seconds{');
      expect((await service.get('/healthz')).status).toBe(200);
      await wire.mend();
      await until('MongoDB', async () => (await service.get('/readyz')).status === 200);
    } finally {
      await wire.mend();
      await service.close();
      await wire.close();
    }
  },
);
