import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startMongo } from '../../scripts/services';
import { collections } from '../helpers/collections';
import { makeCertificate } from '../helpers/company';
import type { Reply } from '../helpers/service';
import { until } from '../helpers/until';
import { type Child, startWeb, startWorker, type Web } from './processes';
import {
  allFinished,
  check,
  expectRevokedOnce,
  LONG_MS,
  openScene,
  optOut,
  retain,
  type Scene,
} from './scene';
import { walletOf } from '../helpers/wallet';

/** "A few seconds", on a machine that others use too. */
const CLEAR_ANSWER_MS = 10_000;
const RETRY_WITHIN_MS = 5_000;
const TEST_MS = 180_000;

let dataDir: string;
let mongo: Awaited<ReturnType<typeof startMongo>>;
let scene: Scene;
let web: Web;
let worker: Child;
const acknowledged: string[] = [];

const start = () => startMongo({ dataDir, log: () => undefined });

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'rescind-mongo-'));
  mongo = await start();
  scene = await openScene({ MONGODB_URI: mongo.uri });
  [web, worker] = await Promise.all([startWeb(scene.env), startWorker(scene.env)]);
}, 120_000);
afterAll(async () => {
  await scene.close();
  await mongo.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Refused in eConsent's words, and soon. */
async function expectUnavailable(name: string, call: Promise<Reply>): Promise<void> {
  const startedAt = performance.now();
  const { status, body, headers } = await call;
  expect([name, status]).toEqual([name, 503]);
  expect(body).toEqual({ status: 503, error: expect.any(String) });
  expect(headers.get('retry-after')).toBe('1');
  expect(performance.now() - startedAt).toBeLessThan(CLEAR_ANSWER_MS);
}

/** One call of every kind, all at once. */
async function expectAllUnavailable(person: Person): Promise<void> {
  const { id, sessionId, email } = person;
  const { token, ids } = scene.company;
  const operator = { token: scene.env.OPERATOR_TOKEN };
  const info = { ...ids, certificate_id: id };
  const key = { token, headers: { 'idempotency-key': `key-${id}` } };
  await Promise.all([
    expectUnavailable('opt-out', optOut(web, scene, { email })),
    expectUnavailable('match', check(web, scene, id)),
    expectUnavailable('info', web.post('/verify/certificate-info', info)),
    expectUnavailable('retain', retain(web, scene, sessionId)),
    expectUnavailable('revoke', web.post(`/certificates/${id}/revoke`, {}, key)),
    expectUnavailable('certificates', web.get('/certificates', { token })),
    expectUnavailable('wallet', web.get('/wallet', { token })),
    expectUnavailable('operator', web.get('/operator/companies', operator)),
  ]);
}

interface Person {
  email: string;
  id: string;
  sessionId: string;
}

async function makePerson(): Promise<Person> {
  const email = `${randomBytes(6).toString('hex')}@example.com`;
  return { email, ...(await makeCertificate(scene.ctx, scene.company, { email })) };
}

/** Calls that are under way while MongoDB goes: each is answered, by 200 or by a clear 503. */
async function callThroughout(people: Person[]): Promise<void> {
  const replies = await Promise.all(
    people.map(async ({ email, id }) => ({ id, reply: await optOut(web, scene, { email }) })),
  );
  for (const { id, reply } of replies) {
    expect([200, 503]).toContain(reply.status);
    if (reply.status === 200) acknowledged.push(id);
  }
}

/** Brings MongoDB back; under Wine the files of a killed one may be in use for a moment. */
async function comeBack(): Promise<void> {
  mongo = await until('MongoDB starts', () => start().catch(() => null), LONG_MS);
}

const OUTAGES = {
  stopped: {
    begin: () => mongo.stop(),
    end: comeBack,
  },
  killed: {
    begin: () => mongo.kill(),
    end: comeBack,
  },
  hanging: {
    begin: () => Promise.resolve(process.kill(mongo.pid, 'SIGSTOP')),
    end: () => Promise.resolve(process.kill(mongo.pid, 'SIGCONT')),
  },
};

test.each(Object.entries(OUTAGES))(
  'a MongoDB that is %s: a clear 503, nothing acknowledged is lost, all recovers by itself',
  async (_, { begin, end }) => {
    const stays = await makePerson();
    const leaves = await makePerson();
    const during = await Promise.all(Array.from({ length: 30 }, makePerson));
    expect((await optOut(web, scene, leaves)).body.revoked).toBe(1);
    acknowledged.push(leaves.id);
    expect((await retain(web, scene, leaves.sessionId)).status).toBe(403);

    const calling = callThroughout(during);
    await begin();
    await calling;
    await expectAllUnavailable(stays);
    const ready = await web.get('/readyz');
    expect([ready.status, ready.body.failed]).toEqual([503, ['mongodb']]);
    expect((await web.get('/healthz')).status).toBe(200);

    await end();
    await until('the API answers', async () => (await web.get('/readyz')).status === 200, LONG_MS);
    await expectRetried(stays);
    await allFinished(scene);
    for (const id of acknowledged) expect((await check(web, scene, id)).status).toBe(403);
    await expectConsistent();
    expect((await retain(web, scene, (await makePerson()).sessionId)).status).toBe(200);
    await allFinished(scene);
    expect([web.ended(), worker.ended()]).toEqual([null, null]);
  },
  TEST_MS,
);

/** The key of a call that got a 503 is no longer held by it. */
async function expectRetried({ id }: Person): Promise<void> {
  const { token } = scene.company;
  const headers = { 'idempotency-key': `key-${id}` };
  const startedAt = performance.now();
  await until('the answer under the same key', async () => {
    const { status } = await web.post(`/certificates/${id}/revoke`, {}, { token, headers });
    expect([200, 409]).toContain(status);
    return status === 200;
  });
  expect(performance.now() - startedAt).toBeLessThan(RETRY_WITHIN_MS);
  acknowledged.push(id);
}

/** What is revoked was asked for, is audited once, and includes all that was acknowledged. */
async function expectConsistent(): Promise<void> {
  const { certificates } = collections(scene.ctx);
  const found = await certificates
    .find({ 'opt_out.revoke': true }, { projection: { _id: 1 } })
    .toArray();
  const revoked = found.map(({ _id }) => _id);
  expect(revoked).toEqual(expect.arrayContaining(acknowledged));
  await expectRevokedOnce(scene, revoked);
  const wallet = await walletOf(scene.ctx, scene.company.id);
  expect(wallet?.balance_microusd).toBe(await scene.ctx.store.ledger.sum(scene.company.id, null));
}
