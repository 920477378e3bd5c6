import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startRedis } from '../../scripts/services';
import { collections } from '../helpers/collections';
import { makeCertificate } from '../helpers/company';
import { until } from '../helpers/until';
import { type Child, startWeb, startWorker, type Web } from './processes';
import {
  allFinished,
  check,
  expectRevokedOnce,
  expectSpent,
  freshIp,
  LONG_MS,
  makeCertificates,
  openScene,
  optOut,
  retain,
  type Scene,
} from './scene';

const OUTAGE_MS = 15_000;
const LIMIT = 10;
const SESSION_FEE = 100_000;

let dataDir: string;
let redis: Awaited<ReturnType<typeof startRedis>>;
let scene: Scene;
let web: Web;
let worker: Child;
let revoked: string[] = [];
let retained = 0;

const start = () => startRedis({ dataDir, log: () => undefined });

/** Brings Redis back, on the same port, and waits until the test itself has a connection again. */
async function comeBack(): Promise<void> {
  redis = await start();
  await until('Redis answers', () => scene.ctx.queues.redis.status === 'ready', LONG_MS);
}

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'rescind-redis-'));
  redis = await start();
  scene = await openScene({ REDIS_URL: redis.url });
  [web, worker] = await Promise.all([startWeb(scene.env), startWorker(scene.env)]);
});
afterAll(async () => {
  await scene.close();
  await redis.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Revokes as a consumer would, whatever Redis does; from then on every check says 403. */
async function revoke(at: Web, count = 2): Promise<void> {
  const { email, ids } = await makeCertificates(scene, count);
  const reply = await optOut(at, scene, { email });
  expect([reply.status, reply.body.revoked]).toEqual([200, count]);
  for (const id of ids) expect((await check(at, scene, id)).status).toBe(403);
  revoked = [...revoked, ...ids];
}

/** Of calls from one address 10 pass, those before included; then, and only then, it is refused. */
async function expectLimit(ip: string, before = 0): Promise<void> {
  const nobody = { email: 'nobody@example.com' };
  for (let call = before + 1; call <= LIMIT; call++) {
    expect((await optOut(web, scene, nobody, ip)).status).toBe(200);
  }
  const refused = await optOut(web, scene, nobody, ip);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
}

/** Uses up a part of an address' limit. */
async function callFrom(ip: string, times: number): Promise<void> {
  for (let call = 0; call < times; call++) {
    expect((await optOut(web, scene, { email: 'nobody@example.com' }, ip)).status).toBe(200);
  }
}

async function reserveOne(at: Web): Promise<void> {
  const { sessionId } = await makeCertificate(scene.ctx, scene.company);
  const reply = await retain(at, scene, sessionId);
  expect([reply.status, reply.body.already_retained]).toEqual([200, false]);
  retained += 1;
}

/** All that was asked for so far has happened, once, and nobody had to help. */
async function expectAllDoneOnce(): Promise<void> {
  await allFinished(scene);
  await expectRevokedOnce(scene, revoked);
  const session_retention = { lines: retained, amount_microusd: -SESSION_FEE * retained };
  await expectSpent(scene, { session_retention });
  expect([web.ended(), worker.ended()]).toEqual([null, null]);
}

async function schedules(): Promise<string[]> {
  const queues = Object.values(scene.ctx.queues.byName);
  const found = await Promise.all(queues.map((queue) => queue.getJobSchedulers()));
  return found.flatMap((some) => some.map(({ key }) => key)).sort();
}

const readiness = async (at: Web) => {
  const { status, body } = await at.get('/readyz');
  return JSON.stringify([status, body.degraded ?? []]);
};
const [READY, DEGRADED] = ['[200,[]]', '[200,["redis"]]'];

test('an outage of 15 s: before, during and after it people revoke, and the rest follows', async () => {
  const ip = freshIp();
  await revoke(web);
  await callFrom(ip, 4);
  const during = Array.from({ length: 12 }, () => revoke(web));
  await during[0];
  await redis.stop();
  const stoppedAt = Date.now();
  await Promise.all(during);

  await revoke(web);
  await reserveOne(web);
  await expectLimit(ip, 4);
  await expectLimit(freshIp());
  expect(await readiness(web)).toBe(DEGRADED);
  await until('15 s are over', () => Date.now() >= stoppedAt + OUTAGE_MS, LONG_MS);
  await revoke(web);
  const pending = await collections(scene.ctx).revocations.countDocuments({ state: 'flagged' });
  expect(pending).toBeGreaterThanOrEqual(2);

  await comeBack();
  await expectAllDoneOnce();
  expect(await readiness(web)).toBe(READY);
  await expectLimit(freshIp());
  await revoke(web);
  await reserveOne(web);
  await expectAllDoneOnce();
});

test('processes that start without Redis verify and revoke; it comes up, the rest follows', async () => {
  await Promise.all([web.kill(), worker.kill(), redis.stop()]);
  [web, worker] = await Promise.all([startWeb(scene.env), startWorker(scene.env)]);
  expect(await readiness(web)).toBe(DEGRADED);
  await revoke(web);
  await reserveOne(web);
  await expectLimit(freshIp());

  await comeBack();
  await expectAllDoneOnce();
  await until('the API has Redis', async () => (await readiness(web)) === READY, LONG_MS);
  await revoke(web);
  await expectAllDoneOnce();
});

test('a Redis that hangs: people revoke meanwhile, and the limit holds', async () => {
  const ip = freshIp();
  await callFrom(ip, 3);
  process.kill(redis.pid, 'SIGSTOP');
  await revoke(web);
  await reserveOne(web);
  await expectLimit(ip, 3);
  expect(await readiness(web)).toBe(DEGRADED);
  process.kill(redis.pid, 'SIGCONT');
  await expectAllDoneOnce();
});

const WIPES = {
  'emptied by FLUSHALL': async () => {
    await scene.ctx.queues.redis.flushall();
  },
  'killed and started without its data': async () => {
    await redis.kill();
    await rm(path.join(dataDir, 'appendonlydir'), { recursive: true });
    await comeBack();
  },
};

test.each(Object.entries(WIPES))(
  'a Redis that is %s while work waits loses nothing, and the schedules return',
  async (_, wipe) => {
    const scheduled = await schedules();
    expect(scheduled).not.toEqual([]);
    const ip = freshIp();
    await callFrom(ip, 5);
    worker.signal('SIGSTOP');
    for (let person = 0; person < 5; person++) await revoke(web, 1);
    await reserveOne(web);
    const waiting = () => scene.ctx.queues.byName['opt-outs'].getWaitingCount();
    await until('the work waits in Redis', async () => (await waiting()) === 5, LONG_MS);
    await wipe();
    await until('Redis is empty', async () => (await waiting()) === 0, LONG_MS);
    await expectLimit(ip, 5);
    worker.signal('SIGCONT');
    await expectAllDoneOnce();
    const back = async () => JSON.stringify(await schedules()) === JSON.stringify(scheduled);
    await until('the schedules are back', back, LONG_MS);
  },
);
