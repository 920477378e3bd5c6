import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startMongo, startRedis } from '../../scripts/services';
import { revokeByIdentifiers } from '../../src/core/revocations/revoke-by-identifiers';
import { isUnavailable } from '../../src/store';
import { collections } from '../helpers/collections';
import { CALLER } from '../helpers/company';
import type { Receiver } from '../helpers/receiver';
import { until } from '../helpers/until';
import { listen } from '../helpers/webhooks';
import { startWorker } from './processes';
import { dieAt, LONG_MS, makeCertificates, openScene, type Scene } from './scene';

const TEST_MS = 240_000;
const AT_A_TIME = 4;
/** Longer than a lease. */
const AWAY_MS = 8_000;
const STEPS = [
  'webhooks.third_parties_told',
  'webhooks.deliveries_made',
  'webhooks.fanned_out',
  'webhooks.numbered',
  'webhooks.sent',
  'webhooks.acknowledged',
];

let dataDir: string;
let mongo: Awaited<ReturnType<typeof startMongo>>;
let redis: Awaited<ReturnType<typeof startRedis>>;
let scene: Scene;
let receiver: Receiver & { endpointId: string };

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'rescind-webhooks-'));
  const log = () => undefined;
  mongo = await startMongo({ dataDir: path.join(dataDir, 'mongo'), log });
  redis = await startRedis({ dataDir: path.join(dataDir, 'redis'), log });
  scene = await openScene({ MONGODB_URI: mongo.uri, REDIS_URL: redis.url });
  receiver = await listen(scene.ctx, scene.company, ['certificate.revoked']);
}, 120_000);
afterAll(async () => {
  await scene.close();
  await receiver.close();
  await redis.stop();
  await mongo.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const optOut = (certificate_id: string) =>
  revokeByIdentifiers({
    ctx: scene.ctx,
    companyId: scene.company.id,
    identifiers: { certificate_id },
    method: 'api',
    caller: CALLER,
  });

/** Everything is delivered, and what was told is what is revoked: each by one event, under one number. */
async function expectAllTold(): Promise<void> {
  const { certificates, webhookDeliveries, webhookEvents } = collections(scene.ctx);
  const open = async () =>
    (await webhookEvents.countDocuments({ state: 'recorded' })) +
    (await webhookDeliveries.countDocuments({ state: 'waiting' }));
  await until('everything is delivered', async () => (await open()) === 0, LONG_MS);
  const mine = { company_id: scene.company.id, 'opt_out.revoke': true };
  const revoked = (await certificates.find(mine).toArray()).map(({ _id }) => _id);
  const events = new Map(receiver.received.map(({ id, event }) => [id, event]));
  const named = [...events.values()].flatMap(({ data }) => data.certificate_ids as string[]);
  expect(named.sort()).toEqual(revoked.sort());
  const numbers = [...events.values()].map(({ sequence }) => sequence).sort((a, b) => a - b);
  expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  for (const { id, body } of receiver.received) {
    expect(JSON.parse(body)).toEqual(events.get(id));
  }
  expect(receiver.mostAtOnce).toBeLessThanOrEqual(AT_A_TIME);
}

test(
  'workers killed between each two steps: each event is told, and nothing else',
  async () => {
    const { ids } = await makeCertificates(scene, STEPS.length);
    for (const [i, step] of STEPS.entries()) {
      await optOut(ids[i]!);
      await dieAt(scene, step);
    }
    const worker = await startWorker(scene.env);
    await expectAllTold();
    await worker.kill();
    // What was sent and not written down was sent again.
    expect(receiver.received.length).toBeGreaterThan(STEPS.length);
  },
  TEST_MS,
);

test(
  'with Redis wiped, MongoDB away and a worker killed, two workers tell of everything, four at a time',
  async () => {
    const { ids } = await makeCertificates(scene, 60);
    const seen = new Set<string>();
    // Every third fails at first.
    receiver.answer = (response, { id, event: { sequence } }) => {
      const fails = sequence % 3 === 0 && !seen.has(id);
      seen.add(id);
      response.writeHead(fails ? 503 : 200).end();
    };
    const workers = [await startWorker(scene.env), await startWorker(scene.env)];
    const left = ids.values();
    const revoke = async (count: number) => {
      for (let i = 0; i < count; i += 1) {
        const { value: id } = left.next();
        // Whether it was written down or not is read from the database in the end.
        await optOut(id!).catch((error: unknown) => {
          if (!isUnavailable(error) && (error as { code?: string }).code !== 'unavailable')
            throw error;
        });
      }
    };
    await revoke(20);
    await scene.ctx.queues.redis.flushall();
    await revoke(20);
    process.kill(mongo.pid, 'SIGSTOP');
    const during = revoke(5);
    await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
    process.kill(mongo.pid, 'SIGCONT');
    await during;
    await workers[0]!.kill();
    await revoke(15);
    await expectAllTold();
    expect(workers[1]!.ended()).toBeNull();
    const mine = await scene.ctx.store.webhookEndpoints.find(receiver.endpointId);
    expect(mine).toMatchObject({ enabled: true, failing_since: null });
  },
  TEST_MS,
);
