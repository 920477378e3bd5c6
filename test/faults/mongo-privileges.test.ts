import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import mongoose from 'mongoose';
import { startMongo } from '../../scripts/services';
import { runScript } from '../scripts/run-script';
import { makeCertificate } from '../helpers/company';
import { until } from '../helpers/until';
import { type Child, startWeb, startWorker, type Web } from './processes';
import {
  allFinished,
  check,
  expectRevokedOnce,
  expectSpent,
  LONG_MS,
  makeCertificates,
  openScene,
  optOut,
  retain,
  type Scene,
  upload,
} from './scene';

const ROOT = { name: 'root', password: 'of everything' };
const LIFETIME_S = 5;
const DATABASE = 'consents';
const ABORTED = 'aborted abandoned transactions';
const MAY_NOT = 'may not abort abandoned transactions; the server will';

let dataDir: string;
let mongo: Awaited<ReturnType<typeof startMongo>>;
let root: mongoose.mongo.MongoClient;
let scene: Scene;
let web: Web;
let worker: Child;

const uriOf = (user: string, database: string): string => {
  const uri = new URL(mongo.uri);
  uri.username = user;
  uri.password = user;
  uri.pathname = `/${database}`;
  uri.searchParams.set('authSource', DATABASE);
  return uri.href;
};

const makeUser = (name: string, databases: string[]) =>
  root.db(DATABASE).command({
    createUser: name,
    pwd: name,
    roles: databases.map((db) => ({ role: 'readWrite', db })),
  });

const failKilling = (mode: 'alwaysOn' | 'off') =>
  root.db('admin').command({
    configureFailPoint: 'failCommand',
    mode,
    data: { failCommands: ['killSessions'], errorCode: 13 },
  });

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'rescind-mongo-'));
  mongo = await startMongo({
    dataDir,
    log: () => undefined,
    root: ROOT,
    args: ['--setParameter', 'enableTestCommands=1'],
  });
  const uri = new URL(mongo.uri);
  [uri.username, uri.password, uri.pathname] = [ROOT.name, ROOT.password, '/admin'];
  root = await mongoose.mongo.MongoClient.connect(uri.href);
  await root.db('admin').command({ setParameter: 1, transactionLifetimeLimitSeconds: LIFETIME_S });
  await makeUser('rescind', [DATABASE, `${DATABASE}_us`]);
  await makeUser('homely', [DATABASE]);
  scene = await openScene({ MONGODB_URI: uriOf('rescind', DATABASE) });
  [web, worker] = await Promise.all([startWeb(scene.env), startWorker(scene.env)]);
}, 120_000);
afterAll(async () => {
  await scene.close();
  await root.close();
  await mongo.stop();
  await rm(dataDir, { recursive: true, force: true });
});

test('a user that may only read and write its own databases is enough for everything', async () => {
  const { email, ids } = await makeCertificates(scene, 3);
  const { ids: others } = await makeCertificates(scene, 3);
  const [paid, ...named] = others as [string, ...string[]];
  expect((await check(web, scene, paid)).status).toBe(200);
  expect((await optOut(web, scene, { email })).body.revoked).toBe(3);
  const { token } = scene.company;
  const bulk = await web.post('/revocations/bulk', { certificate_ids: named }, { token });
  expect([bulk.status, bulk.body.revoked]).toEqual([202, 2]);
  const batchId = await upload(web, token, `certificate_id\n${paid}\n`);
  const isDone = async () => (await web.get(`/revocations/batches/${batchId}`, { token })).body;
  await until('the file is done', async () => (await isDone()).state === 'completed', LONG_MS);
  const { sessionId } = await makeCertificate(scene.ctx, scene.company);
  expect((await retain(web, scene, sessionId)).status).toBe(200);
  await allFinished(scene);
  await expectRevokedOnce(scene, [...ids, ...others]);
  await expectSpent(scene, {
    check_match: { lines: 1, amount_microusd: -15_000 },
    session_retention: { lines: 1, amount_microusd: -100_000 },
  });
  expect((await web.get('/readyz')).body).toEqual({ status: 'ready' });
  // How the members are is nobody's business; the health page does without.
  expect((await scene.ctx.store.serverState.read()).members).toBeNull();
});

/** Dies, as far as anybody can see, in a transaction that has changed this certificate. */
async function holdForEver(id: string): Promise<mongoose.mongo.MongoClient> {
  const appName = `rescind ${DATABASE} dead`;
  const client = await mongoose.mongo.MongoClient.connect(uriOf('rescind', DATABASE), { appName });
  const session = client.startSession();
  session.startTransaction();
  const certificates = client.db().collection<{ _id: string }>('certificates');
  await certificates.updateOne({ _id: id }, { $set: { held: true } }, { session });
  return client;
}

const revoke = (id: string) =>
  until(
    'the certificate is free',
    async () => (await optOut(web, scene, { certificate_id: id })).status === 200,
    LONG_MS,
  );

test('it may end transactions of the dead; where it may not, MongoDB does, and the log says so once', async () => {
  const { ids } = await makeCertificates(scene, 2);
  const [first, second] = ids as [string, string];
  let dead = await holdForEver(first);
  await revoke(first);
  await dead.close();
  expect(web.count(ABORTED) + worker.count(ABORTED)).toBeGreaterThan(0);

  await failKilling('alwaysOn');
  dead = await holdForEver(second);
  await revoke(second);
  await dead.close();
  for (const child of [web, worker]) {
    await until('it is said', () => child.count(MAY_NOT) > 0, LONG_MS);
  }
  await failKilling('off');
  expect([web.count(MAY_NOT), worker.count(MAY_NOT)]).toEqual([1, 1]);
});

test('a user who may not use the database of the US region is told so at the release step', async () => {
  const env = { ...scene.env, MONGODB_URI: uriOf('homely', DATABASE) };
  const { code, stderr } = await runScript('seed', [], env);
  expect(stderr).toBe(`MONGODB_URI_US: its user may not write to ${DATABASE}_us\n`);
  expect(code).toBe(1);
});
